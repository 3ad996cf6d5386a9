#!/usr/bin/env python3
"""A server that never echoes, and speaks like a Nostr relay (NIP-01): relay.py PORT [deaf|silent].

It greets with ["AUTH", ...], answers ["REQ", id, ...] with an event and ["EOSE", id], ["EVENT", ...] with ["OK", ...] and
anything else with ["NOTICE", ...]. deaf: it answers no REQ. silent: it says nothing at all.
"""
import asyncio
import json
import sys

import websockets


async def answer(socket, message):
    try:
        words = json.loads(message)
        kind, name = words[0], words[1]
    except (ValueError, LookupError, TypeError):
        await socket.send('["NOTICE","no command"]')
        return
    if kind == "REQ" and DEAF is None:
        event = {"id": "00" * 32, "kind": 1, "content": "hello", "tags": [], "pubkey": "00" * 32, "sig": "00" * 64}
        await socket.send(json.dumps(["EVENT", name, event], separators=(",", ":")))
        await socket.send(json.dumps(["EOSE", name], separators=(",", ":")))
    elif kind == "EVENT":
        await socket.send(json.dumps(["OK", "00" * 32, False, "blocked: read-only"]))
    else:
        await socket.send('["NOTICE","unknown command"]')


async def serve(socket, *_):
    if DEAF != "silent":
        await socket.send('["AUTH","challenge"]')
    async for message in socket:
        if DEAF != "silent":
            await answer(socket, message)


async def main():
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None):
        await asyncio.get_running_loop().create_future()


DEAF = sys.argv[2] if len(sys.argv) > 2 else None
asyncio.run(main())
