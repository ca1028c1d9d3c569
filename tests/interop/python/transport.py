"""Files of recordings: the packages ask for them only at hosts of the service.

The check is left as it is. Behind it, where a proxy could stand, requests for those hosts are sent to the emulator;
`transport` is a public option of every client.
"""

from urllib.parse import urlsplit, urlunsplit

from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport

HOST = "us-storage.asm.skype.com"


def at_the_service(location):
    """The location of a file as the service would have given it."""
    return urlunsplit(urlsplit(location)._replace(scheme="https", netloc=HOST))


def reroute(request, authority):
    parts = urlsplit(request.url)
    if parts.netloc == HOST:
        request.url = urlunsplit(parts._replace(netloc=authority))


class Rerouted(RequestsTransport):
    def __init__(self, authority):
        super().__init__()
        self.authority = authority

    def send(self, request, **kwargs):
        reroute(request, self.authority)
        return super().send(request, **kwargs)


class AsyncRerouted(AioHttpTransport):
    def __init__(self, authority):
        super().__init__()
        self.authority = authority

    async def send(self, request, **kwargs):
        reroute(request, self.authority)
        return await super().send(request, **kwargs)
