'use strict';
const config = require('./config');

const board = new Map(config.roomNames.map((name) => [name, []]));

module.exports = {
  names: () => [...board.keys()].slice(0, config.roomLimit),

  /** A stroke as "room: points"; one without a room goes to the first. */
  draw(text) {
    const [, room, points] = /^(?:(\w+):)?(.*)$/s.exec(text);
    const strokes = board.get(room) || board.values().next().value;
    strokes.push(points);
    if (strokes.length > config.strokeLimit) strokes.shift();
  },

  strokes: (room) => board.get(room) || [],
};
