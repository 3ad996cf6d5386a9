// SPDX-License-Identifier: MIT
// A driver for ws as a client: node drive.js ws://127.0.0.1:9001 AGENT [CASES AT ONCE]
'use strict';
const { WebSocket } = require('ws');

const [base, agent = 'ws', jobs = '8'] = process.argv.slice(2);
const query = `agent=${encodeURIComponent(agent)}`;

// Resolves when the connection is over, however it ended.
function connection(url, onMessage) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { maxPayload: 80 << 20 });
    socket.on('message', (data, isBinary) => onMessage(socket, data, isBinary));
    socket.on('close', resolve);
    socket.on('error', () => {}); // many cases mean to cause one; 'close' follows
  });
}

function echo(socket, data, isBinary) {
  if (socket.readyState === WebSocket.OPEN) socket.send(data, { binary: isBinary });
}

async function main() {
  let cases = 0;
  let next = 1;
  await connection(`${base}/getCaseCount`, (socket, data) => { cases = Number(data); });
  if (!cases) throw new Error(`no cases at ${base}`);
  const worker = async () => {
    while (next <= cases) await connection(`${base}/runCase?case=${next++}&${query}`, echo);
  };
  await Promise.all(Array.from({ length: Number(jobs) }, worker));
  await connection(`${base}/updateReports?${query}`, () => {});
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
