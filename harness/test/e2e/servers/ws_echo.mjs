// Echo server of the npm package ws: `ws_echo.mjs PORT [CERTIFICATE KEY]`, over TLS with the latter.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';

const [port, cert, key] = process.argv.slice(2);
const options = { maxPayload: 80 << 20, perMessageDeflate: true };
if (cert) {
  // What is no handshake is answered as ws does it for a server of its own.
  options.server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    response.writeHead(426, { 'Content-Length': 16, 'Content-Type': 'text/plain' });
    response.end('Upgrade Required');
  });
  options.server.listen(Number(port), '127.0.0.1');
} else {
  Object.assign(options, { host: '127.0.0.1', port: Number(port) });
}
new WebSocketServer(options).on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
