import { describe, expect, test } from '@jest/globals';
import { type PlacementOptions, placementOf } from './placement.ts';

const BASE = 'https://example.org/app/';

describe('placementOf', () => {
  test('defaults to auto, one thread, and the wasm that the bundler placed', () => {
    expect(placementOf({}, BASE)).toEqual({
      policy: { device: 'auto', strict: false },
      wasmUrls: {},
      threads: 1,
    });
  });

  test('a list keeps its order and loses its repetitions', () => {
    const { policy } = placementOf({ device: ['webgpu', 'wasm', 'webgpu'], strict: true }, BASE);
    expect(policy).toEqual({ device: ['webgpu', 'wasm'], strict: true });
    expect(placementOf({ device: 'wasm' }, BASE).policy.device).toEqual(['wasm']);
  });

  test('a folder of wasmPaths names both files, an object each by itself', () => {
    const wasm = 'https://example.org/app/ort/ort-wasm-simd-threaded.wasm';
    const webgpu = 'https://example.org/app/ort/ort-wasm-simd-threaded.asyncify.wasm';
    expect(placementOf({ wasmPaths: 'ort' }, BASE).wasmUrls).toEqual({ wasm, webgpu });
    expect(placementOf({ wasmPaths: new URL('ort/', BASE) }, BASE).wasmUrls).toEqual({
      wasm,
      webgpu,
    });
    expect(placementOf({ wasmPaths: { webgpu: '/x.wasm' } }, BASE).wasmUrls).toEqual({
      webgpu: 'https://example.org/x.wasm',
    });
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
  ])('refuses %s', (_, options) => {
    expect(() => placementOf(options, BASE)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
