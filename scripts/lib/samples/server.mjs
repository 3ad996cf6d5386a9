// Echo servers of npm packages: `server.mjs LIBRARY PORT`.
import { createServer } from 'node:http';

const servers = {
  async ws(port) {
    const { WebSocketServer } = await import('ws');
    const options = { host: '127.0.0.1', port, maxPayload: 80 << 20, perMessageDeflate: true };
    new WebSocketServer(options).on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
  },
  async 'faye-websocket'(port) {
    const { default: WebSocket } = await import('faye-websocket');
    const server = createServer();
    server.on('upgrade', (request, stream, head) => {
      if (!WebSocket.isWebSocket(request)) return stream.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      const socket = new WebSocket(request, stream, head, [], { maxLength: 80 << 20 });
      socket.on('message', (event) => socket.send(event.data));
    });
    server.listen(port, '127.0.0.1');
  },
  async websocket(port) {
    const { default: { server: Server } } = await import('websocket');
    const httpServer = createServer((request, response) => response.writeHead(426, { Upgrade: 'websocket' }).end());
    httpServer.listen(port, '127.0.0.1');
    const options = { httpServer, maxReceivedFrameSize: 80 << 20, maxReceivedMessageSize: 80 << 20 };
    new Server(options).on('request', (request) => {
      const connection = request.accept(null, request.origin);
      connection.on('message', (message) => {
        if (message.type === 'utf8') connection.sendUTF(message.utf8Data);
        else connection.sendBytes(message.binaryData);
      });
    });
  },
};
await servers[process.argv[2]](Number(process.argv[3]));
