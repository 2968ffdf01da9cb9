'use strict';
const http = require('node:http');
const config = require('./lib/config');
const rooms = require('./lib/rooms');
const { acceptSockets } = require('./lib/websocket');

const port = process.env.PORT || 3000;

// The page and its API.
const web = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://board');
  if (pathname === '/health') {
    return answer(response, 200, { ok: true });
  }
  if (pathname === '/rooms') {
    return answer(response, 200, { rooms: rooms.names(), limit: config.roomLimit });
  }
  return answer(response, 404, { error: 'no such path' });
});

function answer(response, status, document) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(document));
}

// Those who draw, and those who only watch: each with a server of its own.
const drawing = acceptSockets(config.wsPort, (text, socket) => {
  rooms.draw(text);
  socket.send(text);
});
const watching = acceptSockets(config.watchPort, (text, socket) => {
  socket.send(JSON.stringify({ strokes: rooms.strokes(text) }));
});

web.listen(port, config.host, () => {
  console.log(`board ${config.release} listens on port ${port}`);
});

process.on('SIGTERM', () => {
  for (const server of [web, drawing, watching]) server.close();
  process.exit(0);
});
