import { describe, expect, jest, test } from '@jest/globals';
import { PixelFloats, writePixels } from './pixel-floats.ts';

const ways = [
  { scale: 1 / 255, offset: 0 },
  { scale: 2 / 255, offset: -1 },
  { scale: 0.0123, offset: -0.7 },
  { scale: -1 / 127.5, offset: 1 },
  { scale: 1e30, offset: 1e-30 },
];

/** Lengths about those that are taken at a time: eight, and what is copied at a time. */
const lengths = [0, 1, 7, 8, 9, 255, 4095, 4096, 4097, 10_007];

const pixelsOf = (length: number) =>
  Uint8Array.from({ length: length + 3 }, (_, i) => (i * 7919) % 256).subarray(3);

function expectValues(floats: Float32Array, pixels: Uint8Array, way: (typeof ways)[0]) {
  const wanted = Float32Array.from(pixels, (pixel) => pixel * way.scale + way.offset);
  expect(floats).toHaveLength(pixels.length);
  expect(wanted.findIndex((value, i) => !Object.is(value, floats[i]))).toBe(-1);
}

/** Imports anew what opens the instructions at the first use. */
async function anew(uses: (module: typeof import('./pixel-floats.ts')) => void) {
  await jest.isolateModulesAsync(async () => uses(await import('./pixel-floats.ts')));
}

async function without(name: 'WebAssembly', instead: unknown, task: () => Promise<void>) {
  const all = globalThis as Record<string, unknown>;
  const kept = all[name];
  all[name] = instead;
  try {
    await task();
  } finally {
    all[name] = kept;
  }
}

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: Wasm };

/** Grants no more memory than a module declares. */
const stingy: Wasm = {
  Module: WebAssembly.Module,
  Instance: class {
    readonly exports: Record<string, unknown>;
    constructor(module: object) {
      const { widen, memory } = new WebAssembly.Instance(module).exports;
      const { buffer } = memory as { buffer: ArrayBuffer };
      const grow = () => {
        throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
      };
      this.exports = { widen, memory: { buffer, grow } };
    }
  },
};

describe.each([
  ['by instructions', WebAssembly],
  ['without WebAssembly', undefined],
  ['without memory for it', stingy],
])('%s', (_, instead) => {
  test.each(lengths)(
    '%d pixels, at an odd place, become pixel · scale + offset rounded once, and nothing beside them changes',
    async (length) => {
      const pixels = pixelsOf(length);
      await without('WebAssembly', instead, () =>
        anew(({ PixelFloats, writePixels }) => {
          for (const way of ways) {
            const out = new Float32Array(length + 1).fill(7);
            writePixels(pixels, way, out.subarray(0, length));
            expectValues(out.subarray(0, length), pixels, way);
            expect(out[length]).toBe(7);

            const memory = new PixelFloats(2 * length);
            const first = memory.make(pixels, way);
            const second = memory.make(new Uint8ClampedArray(pixels.toReversed()), way, length);
            expectValues(first, pixels, way);
            expectValues(second, pixels.toReversed(), way);
            expect(memory.make(pixels, way).byteOffset).toBe(first.byteOffset);
          }
        }),
      );
    },
  );
});

test('floats lie in one memory, whose size does not change', () => {
  const memory = new PixelFloats(300_000);
  const a = memory.make(new Uint8Array(200_000), ways[0]!);
  const b = memory.make(new Uint8Array(100_000), ways[0]!, 200_000);
  expect(memory.capacity).toBe(300_000);
  expect(b.buffer).toBe(a.buffer);
  expect(b.byteOffset).toBe(a.byteOffset + a.byteLength);
});

test('instructions are used where there are any', () => {
  expect(new PixelFloats(8).make(Uint8Array.of(1), ways[0]!).buffer.byteLength).toBeGreaterThan(
    2 ** 16,
  );
});

test('pixels are written where they are wanted', () => {
  const out = new Float32Array(2);
  writePixels(Uint8Array.of(1, 2), { scale: 2, offset: 1 }, out);
  expect(out).toEqual(Float32Array.of(3, 5));
});
