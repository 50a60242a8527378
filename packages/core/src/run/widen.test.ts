import { describe, expect, jest, test } from '@jest/globals';
import { widen } from './widen.ts';

const ways = [
  { scale: 1 / 255, offset: 0 },
  { scale: 2 / 255, offset: -1 },
  { scale: 0.0123, offset: -0.7 },
  { scale: -1 / 127.5, offset: 1 },
  { scale: 1e30, offset: 1e-30 },
];

/** Lengths about those that are taken at a time: eight, and a piece of 4096. */
test.each([1, 7, 8, 9, 255, 4095, 4096, 4097, 10_007])(
  '%d pixels, at an odd place, become pixel · scale + offset rounded once, and nothing behind them changes',
  (length) => {
    const pixels = Uint8Array.from({ length: length + 3 }, (_, i) => (i * 7919) % 256).subarray(3);
    for (const way of ways) {
      const out = new Float32Array(length + 1).fill(7);
      expect(widen(pixels, way, out.subarray(0, length))).toBe(true);
      const wanted = Float32Array.from(pixels, (pixel) => pixel * way.scale + way.offset);
      expect(wanted.findIndex((value, i) => !Object.is(value, out[i]))).toBe(-1);
      expect(out[length]).toBe(7);
    }
  },
);

test('the instructions are opened at the first use', async () => {
  await jest.isolateModulesAsync(async () => {
    const { widen } = await import('./widen.ts');
    const out = new Float32Array(2);
    expect(widen(Uint8Array.of(1, 2), { scale: 2, offset: 1 }, out)).toBe(true);
    expect(out).toEqual(Float32Array.of(3, 5));
  });
});

describe('without WebAssembly', () => {
  test('nothing is written, and said so', async () => {
    const { WebAssembly } = globalThis as { WebAssembly?: unknown };
    Object.assign(globalThis, { WebAssembly: undefined });
    try {
      await jest.isolateModulesAsync(async () => {
        const { widen } = await import('./widen.ts');
        const out = new Float32Array(8);
        expect(widen(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), { scale: 1, offset: 0 }, out)).toBe(
          false,
        );
        expect(out).toEqual(new Float32Array(8));
      });
    } finally {
      Object.assign(globalThis, { WebAssembly });
    }
  });
});
