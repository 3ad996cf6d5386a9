#!/usr/bin/env python3
"""Drivers of Debian's Python libraries: `client.py LIBRARY URL AGENT` runs all cases of a `wsconform client`, several at
once, and asks for its reports."""
import asyncio
import concurrent.futures
import logging
import sys
import urllib.parse

LARGEST, AT_ONCE, LONGEST = 80 << 20, 4, 30


async def with_websockets(url, echo):
    import websockets

    async with websockets.connect(url, max_size=LARGEST) as socket:
        async for message in socket:
            if not echo:
                return message
            await socket.send(message)


async def with_aiohttp(url, echo):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=LARGEST, compress=15) as socket:
        async for message in socket:
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return None
            if not echo:
                return message.data
            await (socket.send_str if message.type == aiohttp.WSMsgType.TEXT else socket.send_bytes)(message.data)


async def with_websocket_client(url, echo):
    import websocket

    def talk():
        socket = websocket.create_connection(url, timeout=LONGEST)
        try:
            while True:
                opcode, data = socket.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    return None
                if not echo:
                    return data
                socket.send(data, opcode)
        finally:
            socket.shutdown()

    return await asyncio.to_thread(talk)


async def main():
    logging.disable()
    # A thread that hangs is not to keep others from their case.
    asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(200))
    library, base, agent = sys.argv[1], sys.argv[2].rstrip("/"), urllib.parse.quote(sys.argv[3])
    session = globals()[f"with_{library.replace('-', '_')}"]
    numbers = iter(range(1, int(await session(f"{base}/getCaseCount", False)) + 1))

    async def work():
        for number in numbers:
            try:
                await asyncio.wait_for(session(f"{base}/runCase?case={number}&agent={agent}", True), LONGEST)
            except Exception:  # pylint: disable=broad-except
                pass  # what a library says of a peer that is wrong; the harness is the judge

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    try:
        await session(f"{base}/updateReports?agent={agent}", False)
    except Exception:  # pylint: disable=broad-except
        pass


asyncio.run(main())
