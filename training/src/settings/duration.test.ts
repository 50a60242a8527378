import { expect, test } from '@jest/globals';
import { codeOf } from '../testing.ts';
import { durationInWords, parseDuration } from './duration.ts';

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['1.5h', 5400],
  ['1h30m', 5400],
  ['1h0m5s', 3605],
  [' 2m ', 120],
])('%s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

test.each(['', '30', '0s', '-5m', '30m1h', '1.2.3s', '5 minutes', '.m'])(
  'refuses %p',
  async (text) => expect(await codeOf(() => parseDuration(text))).toBe('invalid-argument'),
);

test.each([
  [0.2, '1s'],
  [65.1, '1m6s'],
  [5400, '1h30m'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationInWords(seconds)).toBe(text);
  expect(parseDuration(text)).toBe(Math.max(1, Math.ceil(seconds)));
});
