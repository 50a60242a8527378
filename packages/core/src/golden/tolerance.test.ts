import { describe, expect, test } from '@jest/globals';
import type { Precision } from '../card/card.ts';
import { isAccelerator, sharedIndices, toleranceOf } from './tolerance.ts';

test.each([
  ['cpu', false],
  ['wasm', false],
  ['webgpu', true],
  ['cuda', true],
  ['coreml', true],
])('%s is an accelerator: %p', (device, accelerates) => {
  expect(isAccelerator(device)).toBe(accelerates);
});

describe('the largest error that a device may show', () => {
  test.each<[string, Precision, number]>([
    ['cpu', 'fp32', 1e-4],
    ['wasm', 'fp32', 1e-4],
    ['webgpu', 'fp32', 1e-3],
    ['coreml', 'fp32', 0.05],
    ['cuda', 'fp32', 0.01],
    ['cpu', 'fp16', 0.05],
    ['wasm', 'int8', 0.2],
    ['coreml', 'int8', 0.2],
  ])('on %s in %s is what is usual, where the card says nothing', (device, precision, error) => {
    expect(toleranceOf({}, device, precision)).toBe(error);
  });

  test.each<[Record<string, number>, string, Precision, number]>([
    [{ cpu: 1e-6 }, 'cpu', 'fp32', 1e-6],
    [{ cpu: 1e-6 }, 'wasm', 'fp32', 1e-4],
    [{ cuda: 0.5 }, 'cuda', 'fp32', 0.5],
    [{ fp16: 1e-3, cpu: 1e-6 }, 'cpu', 'fp16', 1e-3],
    [{ fp16: 1e-6, cpu: 1e-3 }, 'cpu', 'fp16', 1e-3],
    [{ fp32: 9, cpu: 1e-6 }, 'cpu', 'fp32', 1e-6],
    [{ cpu: 0 }, 'cpu', 'fp32', 0],
  ])('is that of the card %j, on %s in %s', (card, device, precision, error) => {
    expect(toleranceOf(card, device, precision)).toBe(error);
  });
});

test.each<[string, Precision, number]>([
  ['cpu', 'fp32', 0],
  ['wasm', 'fp16', 0.1],
  ['cpu', 'int8', 0.2],
  ['webgpu', 'fp32', 0.05],
  ['cuda', 'fp16', 0.1],
  ['coreml', 'int8', 0.2],
])('of indices, on %s in %s a share of %p may be others', (device, precision, share) => {
  expect(sharedIndices(device, precision)).toBe(share);
});
