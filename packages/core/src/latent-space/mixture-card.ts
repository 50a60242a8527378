import type { LatentSpaceCard } from '../card/latent-space-card.ts';
import type { GaussianMixture } from './gaussian-mixture.ts';

type MixtureCard = NonNullable<LatentSpaceCard['mixture']>;

/** A mixture as a card keeps it: its numbers in nine digits, the zeros above the diagonal left out. */
export function mixtureToCard(mixture: GaussianMixture, protocol: string): MixtureCard {
  const { size, components } = mixture;
  const digits = (values: ArrayLike<number>) =>
    Array.from(values, (value) => Number(value.toPrecision(9)));
  return {
    protocol,
    components: components.map(({ weight, mean, factor }) => ({
      weight,
      mean: digits(mean),
      factor: digits(factor.filter((_, at) => at % size <= Math.floor(at / size))),
    })),
  };
}

/** The mixture that a card keeps. */
export function mixtureFromCard({ components }: MixtureCard, size: number): GaussianMixture {
  return {
    size,
    components: components.map(({ weight, mean, factor }) => {
      const square = new Float64Array(size * size);
      for (let row = 0; row < size; row++) {
        const from = (row * (row + 1)) / 2;
        square.set(factor.slice(from, from + row + 1), row * size);
      }
      return { weight, mean: Float64Array.from(mean), factor: square };
    }),
  };
}
