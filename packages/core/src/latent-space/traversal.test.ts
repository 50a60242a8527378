import { describe, expect, test } from '@jest/globals';
import { rows } from './testing.ts';
import { dimensionKl, traverseLatent } from './traversal.ts';

describe('dimensionKl', () => {
  test('is ½ (μ² + σ² − 1 − ln σ²) of each dimension, the mean over the rows', () => {
    // Of N(2, 1): 2 nats. Of N(0, e): ½ (e − 2). Of N(0, 1): none.
    const kl = dimensionKl(rows([2, 0, 0], [0, 0, 0]), rows([0, 1, 0], [0, 1, 0]));
    expect(Array.from(kl)).toEqual([1, expect.closeTo((Math.E - 2) / 2, 12), 0]);
  });

  test.each([
    [rows([1, 2]), rows([1])],
    [rows([1], [2]), rows([1])],
  ])('a log-variance of other dims: refused', (mean, logVar) => {
    expect(() => dimensionKl(mean, logVar)).toThrow(/^logVar: expected/);
  });

  test('no tensor: refused', () => {
    expect(() => dimensionKl([1] as never, rows([1]))).toThrow(/^mean: expected/);
  });
});

describe('traverseLatent', () => {
  const z = rows([5, 6, 7]);

  test('one dimension at a time goes from −range to range in equal steps', () => {
    const found = traverseLatent(z, { dimensions: [2, 0], steps: 3, range: 1.5 });
    expect(found.dims).toEqual([6, 3]);
    expect(Array.from(found.data)).toEqual([
      ...[5, 6, -1.5, 5, 6, 0, 5, 6, 1.5],
      ...[-1.5, 6, 7, 0, 6, 7, 1.5, 6, 7],
    ]);
    expect(
      Array.from(traverseLatent(rows([9]), { dimensions: [0], steps: 2, range: 2 }).data),
    ).toEqual([-2, 2]);
  });

  const standard = { dimensions: [0], steps: 3, range: 1 };
  test.each([
    ['two rows', rows([1], [2]), standard, "latents: expected one row, received '2 rows'."],
    ['no tensor', 3, standard, /^latents: expected /],
    ['no options', z, undefined, /^options: .*\{ dimensions: \[0\], steps: 9, range: 3 \}/],
    ['no dimensions', z, { ...standard, dimensions: 1 }, /^dimensions: /],
    ['a dimension too many', z, { ...standard, dimensions: [3] }, /^dimension: .*from 0 to 2/],
    ['one below', z, { ...standard, dimensions: [-1] }, /^dimension: /],
    ['one step', z, { ...standard, steps: 1 }, /^steps: /],
    ['no range', z, { ...standard, range: 0 }, 'range: expected a float32 above 0, received 0.'],
    ['a boundless range', z, { ...standard, range: Number.POSITIVE_INFINITY }, /^range: /],
  ])('%s: refused', (_, latents, options, message) => {
    expect(() => traverseLatent(latents as never, options as never)).toThrow(message);
  });
});
