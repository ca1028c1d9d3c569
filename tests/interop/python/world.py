"""What the flows share: a client of either kind, the application, and the emulator's own interface.

Flows are written once. `call` awaits what the asynchronous client gives and takes the rest as it is.
"""

import asyncio
import inspect
import json
import os
import ssl
import urllib.request
from urllib.parse import quote, urlsplit

from azure.communication.callautomation import PhoneNumberIdentifier
from azure.core.credentials import AzureKeyCredential


class Kind:
    """The synchronous package or the asynchronous one."""

    def __init__(self, is_async):
        if is_async:
            from azure.communication.callautomation.aio import CallAutomationClient
            from azure.communication.identity.aio import CommunicationIdentityClient
            from azure.identity.aio import ClientSecretCredential

            from transport import AsyncRerouted as Rerouted
        else:
            from azure.communication.callautomation import CallAutomationClient
            from azure.communication.identity import CommunicationIdentityClient
            from azure.identity import ClientSecretCredential

            from transport import Rerouted
        self.is_async = is_async
        self.client = CallAutomationClient
        self.identities = CommunicationIdentityClient
        self.secret_credential = ClientSecretCredential
        self.rerouted = Rerouted


class World:
    def __init__(self, kind, app, secure, plain, limited):
        self.kind, self.app = kind, app
        # The emulators with TLS and without, and the strict one with TLS that takes a request per second, as their
        # lines of readiness tell.
        self.secure, self.plain, self.limited = secure, plain, limited
        self.client = kind.client.from_connection_string(secure["connectionString"])
        self.number = PhoneNumberIdentifier(secure["phoneNumbers"][0])
        self.carried_out = []
        self.names = 0

    def name(self):
        self.names += 1
        return f"call-{self.names}"

    @property
    def prompt(self):
        return f"{self.app.base}/prompt.wav"

    async def call(self, result):
        return await result if inspect.isawaitable(result) else result

    async def operation(self, operation, result):
        """An operation that the service has answered with success."""
        answer = await self.call(result)
        self.carried_out.append(operation)
        return answer

    async def all(self, pages):
        if hasattr(pages, "__aiter__"):
            return [item async for item in pages]
        return list(pages)

    async def bytes(self, response):
        """What is downloaded: the package hands out the response itself."""
        pieces = response.iter_bytes()
        if hasattr(pages := pieces, "__aiter__"):
            return b"".join([piece async for piece in pages])
        return b"".join(pieces)

    async def refused(self, error, request, part):
        try:
            answer = await self.call(request())
        except error as refusal:
            assert part in str(refusal), f"{part!r} is not in {refusal}"
            return refusal
        raise AssertionError(f"{part!r} was expected, and it went well: {answer}")

    async def event(self, name, kind, fits=lambda data: True):
        return await asyncio.to_thread(self.app.event, name, kind, fits)

    async def offer(self, kind, fits=lambda data: True):
        return await asyncio.to_thread(self.app.offer, kind, fits)

    async def frame(self, name, kind):
        return await asyncio.to_thread(self.app.frame, name, kind)

    async def user(self):
        client = self.kind.identities.from_connection_string(self.secure["connectionString"])
        user = await self.call(client.create_user())
        if self.kind.is_async:  # the other one has nothing to close
            await client.close()
        return user

    async def telephone(self, number, name=None, **options):
        """A call that is established. Returns its connection and its properties."""
        name = name or self.name()
        made = await self.operation(
            "createCall",
            self.client.create_call(
                PhoneNumberIdentifier(number),
                self.app.callback(name),
                source_caller_id_number=self.number,
                **options,
            ),
        )
        assert made.call_connection_state == "connecting", made.call_connection_state
        connected = await self.event(name, "CallConnected")
        assert connected["callConnectionId"] == made.call_connection_id
        return self.client.get_call_connection(made.call_connection_id), made

    async def properties(self, connection):
        return await self.operation("getCall", connection.get_call_properties())

    async def end(self, connection, name):
        await self.operation("terminateCall", connection.hang_up(is_for_everyone=True))
        await self.event(name, "CallDisconnected")

    def control(self, path, body=None):
        return control(self.secure, path, body)

    def journal(self, ready):
        return control(ready, "/emulator/journal")["entries"]

    def script(self, raw_id, script):
        self.control(f"/emulator/parties/{quote(raw_id, safe='')}/script", script)

    def act(self, raw_id, action):
        self.control(f"/emulator/parties/{quote(raw_id, safe='')}/act", action)


def control(ready, path, body=None):
    """The emulator's own interface."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(ready["endpoint"].rstrip("/") + path, data=data, headers=headers)
    context = ssl.create_default_context() if ready["endpoint"].startswith("https") else None
    with urllib.request.urlopen(request, context=context, timeout=20) as answer:
        return json.load(answer)


def access_key(ready):
    return AzureKeyCredential(ready["connectionString"].split("accesskey=", 1)[1])


def authority(ready):
    return urlsplit(ready["endpoint"]).netloc


def settings():
    return json.loads(os.environ["INTEROP_SETTINGS"])
