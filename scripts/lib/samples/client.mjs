// The driver of the npm package ws: `client.mjs URL AGENT` runs all cases of a `wsconform client`, several at once, and
// asks for its reports.
import { WebSocket } from 'ws';

const [base, agent] = [process.argv[2].replace(/\/$/, ''), encodeURIComponent(process.argv[3])];

// Resolves with the last message when the connection has ended.
function session(path, echo) {
  return new Promise((done) => {
    const socket = new WebSocket(base + path, { maxPayload: 80 << 20, perMessageDeflate: true });
    let last;
    const late = setTimeout(() => socket.terminate(), 60000);
    socket.on('message', (data, binary) => {
      if (echo) socket.send(data, { binary }, () => {});
      last = data;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      done(last);
    });
  });
}

const count = Number(await session('/getCaseCount', false));
let next = 1;
async function work() {
  while (next <= count) await session(`/runCase?case=${next++}&agent=${agent}`, true);
}
await Promise.all(Array.from({ length: 8 }, work));
await session(`/updateReports?agent=${agent}`, false);
