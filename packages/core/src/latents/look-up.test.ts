import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { centre, gridOf, hasPrior, isLatentKind, levelsOf } from './look-up.ts';

const row = tensor(Float32Array.of(1, 2), [1, 2]);
const card = (latent: object, graphs: unknown = {}) => ({ latent, graphs }) as never;

describe('what depends on the kind of a latent', () => {
  test('kinds are known by name, and nothing of a plain object is one', () => {
    expect(
      ['gaussian', 'codes', 'toString', 'constructor', undefined, 3].map(isLatentKind),
    ).toEqual([true, true, false, false, false, false]);
  });

  test('a prior is standard, learned where its graph is there, or none', () => {
    const codes = { kind: 'codes', size: 8, grid: [2, 2], codes: 4, dim: 2 };
    expect(hasPrior(card({ kind: 'gaussian', size: 2 }))).toBe(true);
    expect(hasPrior(card({ kind: 'point', size: 2 }))).toBe(false);
    expect(hasPrior(card(codes))).toBe(false);
    expect(hasPrior(card(codes, { prior: {} }))).toBe(true);
    expect(gridOf(card(codes))).toMatchObject({ grid: [2, 2], codes: 4, dim: 2 });
    expect(gridOf(card({ kind: 'gaussian', size: 2 }))).toBeUndefined();
    expect(levelsOf(card({ kind: 'ladder', size: 5, levels: [2, 3] }))).toEqual([2, 3]);
    expect(levelsOf(card({ kind: 'point', size: 5 }))).toEqual([5]);
  });

  test.each<[string, () => unknown, string]>([
    ['no latent', () => centre(3 as never), 'latent: expected a latent, as an encoder gives it'],
    [
      'a latent of no kind',
      () => centre({ kind: 'circle', mean: row } as never),
      "latent.kind: expected a latent, as an encoder gives it, received 'circle'",
    ],
    [
      'a latent without its vectors',
      () => centre({ kind: 'point', code: 3 } as never),
      'latent: expected ',
    ],
    ['no card', () => levelsOf(3 as never), 'card: expected a model card'],
    [
      'no latent on it',
      () => gridOf({} as never),
      'card.latent: expected the latent of a model card',
    ],
    [
      'one of no kind',
      () => hasPrior(card({ kind: 'circle' })),
      "card.latent.kind: expected the latent of a model card, received 'circle'",
    ],
    ['no graphs', () => hasPrior(card({ kind: 'gaussian' }, 3)), 'card.graphs: expected '],
  ])('%s: refused', (_, call, message) => expect(call).toThrow(message));
});
