import { expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { fillNormals } from './normals.ts';

const bits = (values: Float32Array) => new Uint32Array(values.buffer, 0, values.length);

test.each([0, 1, 2, 3, 1022, 1023, 1024, 1025, 2049, 5000])(
  '%d numbers are those of the stream, to the bit',
  (size) => {
    for (let seed = 1; seed <= 20; seed++) {
      const expected = createRandom(seed, 'noise/7').fillNormal(new Float32Array(size));
      const given = fillNormals(new Float32Array(size), createRandom(seed, 'noise/7'));
      expect(bits(given)).toEqual(bits(expected));
    }
  },
);

test('of a million numbers none differs, and the mean and the spread are those of a standard normal', () => {
  const size = 1_000_000;
  const given = fillNormals(new Float32Array(size), createRandom(3));
  const expected = createRandom(3).fillNormal(new Float32Array(size));
  expect(Buffer.compare(Buffer.from(given.buffer), Buffer.from(expected.buffer))).toBe(0);
  const mean = given.reduce((sum, value) => sum + value, 0) / size;
  const spread = given.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
  expect(Math.abs(mean)).toBeLessThan(0.004);
  expect(Math.abs(spread - 1)).toBeLessThan(0.006);
});
