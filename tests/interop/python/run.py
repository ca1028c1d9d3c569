"""Runs the flows with one kind of client and writes what came of them. `cargo xtask interop` starts it."""

import asyncio
import importlib.metadata
import json
import os
import sys
import time
import traceback

from app import App
from flows import FLOWS
from world import Kind, World, control, settings

PACKAGE = "azure-communication-callautomation"


def requests(ready):
    """Every request that the emulator saw: who sent what, and how it was answered."""
    entries = control(ready, "/emulator/journal")["entries"]
    answers = {entry["replyTo"]: entry for entry in entries if entry["kind"] == "response"}
    seen = []
    for entry in entries:
        if entry["kind"] == "request" and entry["number"] in answers:
            method, path = entry["label"].split(" ", 1)
            status = answers[entry["number"]]["detail"]["status"]
            agent = entry["detail"]["userAgent"]
            seen.append({"method": method, "path": path, "agent": agent, "status": status})
    return seen


async def main():
    kind = Kind(sys.argv[1] == "async")
    given = settings()
    app = App(given["appPort"])
    app.start()
    world = World(kind, app, given["secure"], given["plain"], given["limited"])
    flows, operations = [], {}
    for flow in FLOWS:
        world.carried_out, begun, error = [], time.monotonic(), None
        try:
            await asyncio.wait_for(flow(world), 60)
        except Exception:
            error = traceback.format_exc()
        for operation in world.carried_out:
            operations[operation] = operations.get(operation, True) and error is None
        flows.append({"name": flow.__name__.replace("_", " "), "error": error, "seconds": time.monotonic() - begun})
    await world.call(world.client.close())
    if app.broken:
        flows.append({"name": "callbacks that could not be read", "error": "\n".join(app.broken), "seconds": 0})
    result = {
        "package": PACKAGE,
        "version": importlib.metadata.version(PACKAGE),
        "flows": flows,
        "operations": operations,
        "events": sorted(app.seen),
        "requests": requests(given["secure"]) + requests(given["plain"]),
    }
    with open(os.environ["INTEROP_RESULT"], "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)


asyncio.run(main())
