#!/usr/bin/env python3
"""Echo server of Debian's python3-websockets: `websockets_echo.py PORT`."""
import asyncio
import logging
import sys

import websockets


async def echo(connection):
    try:
        async for message in connection:
            await connection.send(message)
    except websockets.ConnectionClosed:
        pass


async def main():
    logging.disable()
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1]), max_size=80 << 20):
        await asyncio.Future()


asyncio.run(main())
