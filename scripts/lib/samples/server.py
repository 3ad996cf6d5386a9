#!/usr/bin/env python3
"""Echo servers of Debian's Python libraries: `server.py LIBRARY PORT`."""
import sys

LARGEST = 80 << 20


def tornado(port):
    import asyncio
    import logging

    from tornado.web import Application
    from tornado.websocket import WebSocketHandler

    class Echo(WebSocketHandler):
        def check_origin(self, origin):
            return True

        def get_compression_options(self):
            return {}

        async def on_message(self, message):
            await self.write_message(message, binary=isinstance(message, bytes))

    async def main():
        logging.disable()
        Application([(r"/.*", Echo)], websocket_max_message_size=LARGEST).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(main())


def autobahn(port):
    from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
    from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept
    from twisted.internet import reactor

    class Echo(WebSocketServerProtocol):
        def onMessage(self, payload, isBinary):
            self.sendMessage(payload, isBinary)

    def accept(offers):
        return next((PerMessageDeflateOfferAccept(offer) for offer in offers if isinstance(offer, PerMessageDeflateOffer)), None)

    factory = WebSocketServerFactory(f"ws://127.0.0.1:{port}")
    factory.protocol = Echo
    factory.setProtocolOptions(maxMessagePayloadSize=LARGEST, maxFramePayloadSize=LARGEST, failByDrop=False,
                               perMessageCompressionAccept=accept)
    reactor.listenTCP(port, factory, interface="127.0.0.1")
    reactor.run()


{"tornado": tornado, "autobahn": autobahn}[sys.argv[1]](int(sys.argv[2]))
