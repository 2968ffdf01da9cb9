'use strict';
// What the board can be told from outside. Everything has a default, so that
// it starts on a laptop with an empty environment.
const { env } = process;

module.exports = {
  host: env.HOST || '0.0.0.0',
  wsPort: Number(env.WS_PORT || 8081),
  watchPort: Number(env.WS_WATCH_PORT || 8082),
  release: env.RELEASE_NAME || 'dev',
  roomLimit: Number(env.ROOM_LIMIT || 50),
  roomNames: (env.ROOM_NAMES || 'lobby').split(','),
  strokeLimit: Number(env.STROKE_LIMIT || 1000),
  maxMessageBytes: Number(env.WS_MAX_MESSAGE_BYTES || 65536),
  allowedOrigins: (env.ALLOWED_ORIGINS || '*').split(','),
};
