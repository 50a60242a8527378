'use strict';

const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
const SECONDS = require('./jest-seconds.json');

const ROOT = `${__dirname}/..`;

/**
 * The files that take longest first: where a long one begins last, one of two workers has nothing left to do
 * meanwhile. Jest does so itself once it has run them all on a machine; on a clean checkout it goes by their size.
 */
module.exports = class extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const seconds = ({ path }) => SECONDS[relative(ROOT, path)] ?? 0;
    return [...sorted].sort((a, b) => seconds(b) - seconds(a));
  }
};
