import { describe, expect, test } from '@jest/globals';
import type { GaussianMixture } from './gaussian-mixture.ts';
import { mixtureFromCard, mixtureToCard } from './mixture-card.ts';

const mixture: GaussianMixture = {
  size: 3,
  components: [
    {
      weight: 0.25,
      mean: Float64Array.of(1, 2, 1 / 3),
      factor: Float64Array.of(1, 0, 0, 2, 3, 0, 4, 5, 6),
    },
    {
      weight: 0.75,
      mean: Float64Array.of(0, 0, 0),
      factor: Float64Array.of(7, 0, 0, 8, 9, 0, 10, 11, 12),
    },
  ],
};

describe('a mixture on a card', () => {
  const card = mixtureToCard(mixture, 'draws of the test items');

  test('keeps nine digits, and of the factors what stands on and below the diagonal', () => {
    expect(card).toEqual({
      protocol: 'draws of the test items',
      components: [
        { weight: 0.25, mean: [1, 2, 0.333333333], factor: [1, 2, 3, 4, 5, 6] },
        { weight: 0.75, mean: [0, 0, 0], factor: [7, 8, 9, 10, 11, 12] },
      ],
    });
  });

  test('comes back as it was, to nine digits', () => {
    const { size, components } = mixtureFromCard(card, 3);
    expect(size).toBe(3);
    expect(components.map(({ factor }) => factor)).toEqual(
      mixture.components.map(({ factor }) => factor),
    );
    expect(components.map(({ weight }) => weight)).toEqual([0.25, 0.75]);
    expect(components[0]?.mean).toEqual(Float64Array.of(1, 2, 0.333333333));
  });

  test('keeps of a diagonal factor the diagonal alone', () => {
    const [first, second] = mixture.components;
    const diagonal = {
      size: 3,
      components: [first, second].map((part) => ({
        ...(part as GaussianMixture['components'][number]),
        factor: Float64Array.of(1, 2, 3),
      })),
    };
    const kept = mixtureToCard(diagonal, 'by hand');
    expect(kept.components[0]?.factor).toEqual([1, 2, 3]);
    expect(mixtureFromCard(kept, 3).components[1]?.factor).toEqual(Float64Array.of(1, 2, 3));
  });

  const one = card.components[0];
  test.each([
    ['no mixture', undefined, 3, /^mixture: expected a mixture, as a card keeps it/],
    ['no components', { components: 3 }, 3, /^mixture.components: /],
    ['another size', card, 2, /^mixture.components: expected Gaussians of 2 dimensions/],
    ['a short factor', { components: [{ ...one, factor: [1] }] }, 3, /Gaussians of 3 dimensions/],
    ['a short mean', { components: [{ ...one, mean: [1] }] }, 3, /Gaussians of 3 dimensions/],
    ['no mean', { components: [{ ...one, mean: undefined }] }, 3, /Gaussians of 3 dimensions/],
    ['no factor', { components: [{ ...one, factor: undefined }] }, 3, /Gaussians of 3/],
    ['nothing', { components: [undefined] }, 3, /Gaussians of 3 dimensions/],
    ['no size', card, 0, /^size: /],
    ['a size beyond all', card, 2 ** 20 + 1, /^size: /],
  ])('%s: refused', (_, given, size, message) => {
    expect(() => mixtureFromCard(given as never, size)).toThrow(message);
  });

  test.each([
    ['no mixture', undefined, 'x', /^mixture: expected a mixture, as fitGaussianMixture gives it/],
    ['no protocol', mixture, 3, /^protocol: /],
  ])('%s to write: refused', (_, given, protocol, message) => {
    expect(() => mixtureToCard(given as never, protocol as never)).toThrow(message);
  });
});
