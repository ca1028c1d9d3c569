"""The application of the suite: takes callbacks, offers and streams, and hands them out to flows that wait.

It runs in a thread of its own, so that the synchronous client can wait for it as well as the asynchronous one.
"""

import asyncio
import io
import json
import threading
import time
import wave

from aiohttp import WSMsgType, web
from azure.core.messaging import CloudEvent

PATIENCE = 20


class App:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.sockets = f"ws://127.0.0.1:{port}"
        self.port = port
        self.changed = threading.Condition()
        self.events = []
        self.offers = []
        self.frames = []
        self.tokens = []
        self.seen = set()
        self.broken = []

    def start(self):
        ready = threading.Event()

        async def serve():
            app = web.Application()
            app.router.add_post("/events/{name}", self.take_event)
            app.router.add_post("/incoming", self.take_offer)
            app.router.add_get("/prompt.wav", self.prompt)
            app.router.add_get("/streams/{name}", self.take_stream)
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            ready.set()
            await asyncio.Event().wait()

        threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
        if not ready.wait(PATIENCE):
            raise RuntimeError(f"the application cannot listen on port {self.port}")

    def callback(self, name):
        # A query, as applications have one to know their own callbacks by.
        return f"{self.base}/events/{name}?case=42"

    async def take_event(self, request):
        batch = json.loads(await request.text())
        with self.changed:
            try:
                # The package has no parser of its own; its documents name this one.
                events = [CloudEvent.from_dict(event) for event in batch]
                self.events += [(request.match_info["name"], event) for event in events]
                self.tokens.append(request.headers.get("authorization", ""))
                if request.query.get("case") != "42":
                    self.broken.append(f"the query of a callback is {request.query_string!r}")
            except Exception as error:  # told at the end, for nobody waits for what cannot be read
                self.broken.append(f"{error!r}: {batch}")
            self.changed.notify_all()
        return web.Response()

    async def take_offer(self, request):
        [event] = json.loads(await request.text())
        if event["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent":
            return web.json_response({"validationResponse": event["data"]["validationCode"]})
        with self.changed:
            self.offers.append(event)
            self.changed.notify_all()
        return web.Response()

    async def take_stream(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                with self.changed:
                    self.frames.append((request.match_info["name"], json.loads(message.data)))
                    self.changed.notify_all()
        return socket

    async def prompt(self, _request):
        """Two seconds of silence in the one format that is played."""
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(16_000)
            sound.writeframes(bytes(64_000))
        return web.Response(body=file.getvalue(), content_type="audio/wav")

    def take(self, what, items, fits):
        """Waits for the first that fits, and takes it out."""
        end = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                for index, item in enumerate(items):
                    if fits(item):
                        return items.pop(index)
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"waited in vain for {what}; there are {items[-8:]}")
                self.changed.wait(left)

    def event(self, name, kind, fits):
        wanted = f"Microsoft.Communication.{kind}"
        _, event = self.take(
            f"{kind} at {name}",
            self.events,
            lambda item: item[0] == name and item[1].type == wanted and fits(item[1].data),
        )
        # The events of a recorder are of an endpoint of its own.
        if kind != "RecordingStateChanged" and event.data["callConnectionId"] not in event.source:
            raise AssertionError(f"the source of {kind} does not name its connection: {event.source}")
        self.seen.add(kind)
        return event.data

    def offer(self, kind, fits=lambda data: True):
        wanted = f"Microsoft.Communication.{kind}"
        event = self.take(kind, self.offers, lambda item: item["eventType"] == wanted and fits(item["data"]))
        return event["data"]

    def frame(self, name, kind):
        return self.take(
            f"{kind} on {name}", self.frames, lambda item: item[0] == name and item[1]["kind"] == kind
        )[1]
