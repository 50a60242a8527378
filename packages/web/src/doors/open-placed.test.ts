import { afterEach, expect, test } from '@jest/globals';
import type { GraphBytes } from '@latentkit/core/runtime';
import { GPU_BYTES } from '../ort/open-graphs.ts';
import type { Placement } from '../ort/placement.ts';
import type { Door } from './door.ts';
import { openPlaced } from './open-placed.ts';

const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
afterEach(() => {
  if (before) Object.defineProperty(globalThis, 'navigator', before);
});

/** How often the golden rows are read where a browser offers WebGPU, with an adapter or without; nothing opens. */
async function reads(device: unknown, bytes: number, adapter: object | null, everywhere = false) {
  const value = { gpu: { requestAdapter: async () => adapter } };
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
  let count = 0;
  const read = async () => {
    count += 1;
    throw new Error('read');
  };
  const door = { builds: { wasm: undefined, webgpu: {} } } as unknown as Door;
  const graphs = { encoder: { byteLength: bytes } } as unknown as GraphBytes;
  const placement = { policy: { device, strict: false }, wasmUrls: {} } as unknown as Placement;
  const options = { owned: false, signal: undefined, selfTest: { everywhere, read } };
  await openPlaced(door, graphs, placement, options).catch(() => undefined);
  return count;
}

test.each([
  [['webgpu', 'wasm'], 1, 1],
  [['webgpu'], 1, 1],
  ['auto', GPU_BYTES, 1],
  ['auto', 1, 0],
  [['wasm'], GPU_BYTES, 0],
])(
  'golden rows for %j with %d bytes of weights are read where there is a GPU alone',
  async (device, bytes, count) => {
    expect(await reads(device, bytes, { features: new Set() })).toBe(count);
    expect(await reads(device, bytes, null)).toBe(0);
    expect(await reads(device, bytes, null, true)).toBe(1);
  },
);
