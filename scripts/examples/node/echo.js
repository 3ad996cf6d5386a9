// An echo server on ws: node echo.js PORT
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
server.on("connection", (socket) => {
  socket.on("error", () => {}); // a peer that breaks the protocol: ws closes the connection itself
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
