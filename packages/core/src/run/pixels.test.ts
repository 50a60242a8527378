import { expect, test } from '@jest/globals';
import { fakeEncoder } from '../testing.ts';
import { BufferStore } from './buffer-store.ts';
import { runLocally, writePixels } from './pixels.ts';
import type { NamedTensors } from './runner.ts';

test.each([
  [1 / 255, 0],
  [2 / 255, -1],
  [1 / 127.5, -1],
  [1, 0],
])('every pixel becomes pixel · %d + %d, rounded once', (scale, offset) => {
  const pixels = Uint8Array.from({ length: 256 }, (_, i) => i);
  const out = new Float32Array(256);
  for (const bytes of [pixels, new Uint8ClampedArray(pixels)]) {
    writePixels(bytes, { scale, offset }, out.fill(Number.NaN));
    for (let i = 0; i < 256; i++) expect(out[i]).toBe(Math.fround(i * scale + offset));
  }
});

test('feeds of pixels reach the graph as floats, in memory that is used again; others as they are', async () => {
  const seen: NamedTensors[] = [];
  const runner = fakeEncoder({
    async run(feeds, options) {
      expect(options).not.toHaveProperty('pixels');
      seen.push(feeds);
      return {};
    },
  });
  const store = new BufferStore(1000);
  const x = { data: Uint8Array.of(0, 51, 255), dims: [1, 3], dtype: 'uint8' } as const;
  const y = { data: Float32Array.of(7), dims: [1, 1], dtype: 'float32' } as const;
  for (let i = 0; i < 2; i++) {
    await runLocally(runner, { x, y }, { pixels: { scale: 1 / 255, offset: 0 } }, store);
  }
  expect(seen[0]?.['x']).toEqual({
    data: Float32Array.of(0, 0.2, 1),
    dims: [1, 3],
    dtype: 'float32',
  });
  expect(seen[0]?.['y']).toBe(y);
  expect(seen[1]?.['x']?.data.buffer).toBe(seen[0]?.['x']?.data.buffer);
});
