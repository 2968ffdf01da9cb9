'use strict';
// As much of RFC 6455 as the board needs: text messages in one frame each.
const http = require('node:http');
const { createHash } = require('node:crypto');
const config = require('./config');

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455, section 1.3
const TEXT = 0x1, CLOSE = 0x8, PING = 0x9, PONG = 0xa;

/** Listens on `port`; calls onText(text, {send}) for every text received. */
function acceptSockets(port, onText) {
  const server = http.createServer((request, response) => {
    response.writeHead(426, { Upgrade: 'websocket' });
    response.end();
  });
  server.on('upgrade', (request, socket) => {
    const key = request.headers['sec-websocket-key'];
    const origin = request.headers.origin;
    const known = config.allowedOrigins.includes('*') ||
      !origin || config.allowedOrigins.includes(origin);
    if (!key || !known) {
      return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    }
    const accept = createHash('sha1').update(key + GUID).digest('base64');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n' +
      `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    talk(socket, onText);
  });
  server.listen(port);
  return server;
}

function talk(socket, onText) {
  const client = { send: (text) => socket.write(frame(TEXT, Buffer.from(text))) };
  let buffered = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    buffered = Buffer.concat([buffered, data]);
    for (let parsed; (parsed = unframe(buffered)); ) {
      if (parsed.tooLong) return socket.destroy();
      buffered = buffered.subarray(parsed.length);
      if (parsed.opcode === TEXT) onText(parsed.payload.toString(), client);
      if (parsed.opcode === PING) socket.write(frame(PONG, parsed.payload));
      if (parsed.opcode === CLOSE) socket.end(frame(CLOSE, parsed.payload));
    }
  });
}

function frame(opcode, payload) {
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 2 : 10);
  head[0] = 0x80 | opcode;
  head[1] = short ? payload.length : 127;
  if (!short) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** The first whole frame of `data` (always masked, from a client), or null. */
function unframe(data) {
  if (data.length < 2) return null;
  let size = data[1] & 0x7f;
  let at = 2;
  if (size === 126) {
    if (data.length < 4) return null;
    size = data.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (data.length < 10) return null;
    size = Number(data.readBigUInt64BE(2));
    at = 10;
  }
  if (size > config.maxMessageBytes) return { tooLong: true };
  if (data.length < at + 4 + size) return null;
  const mask = data.subarray(at, at + 4);
  const payload = Buffer.from(data.subarray(at + 4, at + 4 + size));
  for (let i = 0; i < size; i++) payload[i] ^= mask[i & 3];
  return { opcode: data[0] & 0x0f, payload, length: at + 4 + size };
}

module.exports = { acceptSockets };
