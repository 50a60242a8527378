import { describe, expect, test } from '@jest/globals';
import { type Offered, type PlacementOptions, placementOf } from './placement.ts';

const BASE = 'https://example.org/app/';
const WASM = 'ort-wasm-simd-threaded.wasm';
const WEBGPU = 'ort-wasm-simd-threaded.asyncify.wasm';

const both: Offered = {
  door: '@latentkit/web',
  devices: ['wasm', 'webgpu'],
  wasmUrls: { [WASM]: 'https://example.org/assets/a.wasm' },
};
const place = (options: PlacementOptions) => placementOf(options, both, BASE);

describe('placementOf', () => {
  test('defaults to auto, one thread, and the wasm that the bundler placed', () => {
    expect(place({})).toEqual({
      policy: { device: 'auto', strict: false },
      wasmUrls: both.wasmUrls,
      threads: 1,
      half: false,
      cache: true,
      offline: undefined,
    });
  });

  test('a list keeps its order and loses its repetitions', () => {
    const { policy } = place({ device: ['webgpu', 'wasm', 'webgpu'], strict: true });
    expect(policy).toEqual({ device: ['webgpu', 'wasm'], strict: true });
    expect(place({ device: 'wasm' }).policy.device).toEqual(['wasm']);
  });

  test('a folder of wasmPaths names both files, an object each by itself', () => {
    const folder = {
      [WASM]: `${BASE}ort/${WASM}`,
      [WEBGPU]: `${BASE}ort/${WEBGPU}`,
    };
    expect(place({ wasmPaths: 'ort' }).wasmUrls).toEqual(folder);
    expect(place({ wasmPaths: new URL('ort/', BASE) }).wasmUrls).toEqual(folder);
    expect(place({ wasmPaths: { webgpu: '/x.wasm' } }).wasmUrls).toEqual({
      ...both.wasmUrls,
      [WEBGPU]: 'https://example.org/x.wasm',
    });
  });

  test('what the door does not hold is refused with the door that does', () => {
    const wasm: Offered = { ...both, door: '@latentkit/web/wasm', devices: ['wasm'] };
    expect(placementOf({ device: 'wasm' }, wasm, BASE).policy.device).toEqual(['wasm']);
    for (const device of ['webgpu', ['wasm', 'webgpu']] as const) {
      expect(() => placementOf({ device }, wasm, BASE)).toThrow(
        /expected 'wasm', which is all that '@latentkit\/web\/wasm' holds \(import from '@latentkit\/web' for both\)/,
      );
    }
  });

  test.each<[string, PlacementOptions]>([
    ['an unknown device', { device: 'cuda' as never }],
    ['an empty list', { device: [] }],
    ['a list with an unknown device', { device: ['wasm', 'cpu' as never] }],
    ['an unknown execution', { execution: 'thread' as never }],
    ['no threads', { execution: 'worker', threads: 0 }],
    ['half a thread', { execution: 'worker', threads: 1.5 }],
    ['threads inline', { threads: 2 }],
    ['a wasmPaths that is no URL', { wasmPaths: 'http://[' }],
    ['a wasmPaths of an unknown device', { wasmPaths: { wsam: '/x.wasm' } as never }],
    ['a wasmPaths that is a number', { wasmPaths: 7 as never }],
    ['a wasmPaths of null', { wasmPaths: null as never }],
  ])('refuses %s', (_, options) => {
    expect(() => place(options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
