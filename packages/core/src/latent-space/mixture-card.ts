import { checkInteger, checkList, checkObject, checkText } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import type { LatentCard } from '../latents/index.ts';
import { latentOfCard } from '../latents/look-up.ts';
import { factorSizes, type MixtureCard } from '../mixture-schema.ts';
import { checkMixture, type GaussianMixture } from './gaussian-mixture.ts';

/** What asking a model for its mixture comes to that has none. */
export function noMixture(
  { name }: { readonly name: string },
  argument: string,
  wanted: string,
  value: unknown,
): ArgumentError {
  return new ArgumentError(
    argument,
    `${wanted}: the card of ${name} keeps no mixture (fit one with 'latentkit directions MODEL --mixture --record')`,
    value,
  );
}

/**
 * A mixture as a card keeps it: its numbers in nine digits, the zeros above a diagonal left out.
 *
 * @throws ArgumentError for what is no mixture
 */
export function mixtureToCard(mixture: GaussianMixture, protocol: string): MixtureCard {
  checkMixture(mixture);
  checkText('protocol', protocol);
  const { size, components } = mixture;
  const digits = (values: ArrayLike<number>) =>
    Array.from(values, (value) => Number(value.toPrecision(9)));
  return {
    protocol,
    components: components.map(({ weight, mean, factor }) => ({
      weight,
      mean: digits(mean),
      factor: digits(
        factor.length === size
          ? factor
          : factor.filter((_, at) => at % size <= Math.floor(at / size)),
      ),
    })),
  };
}

/**
 * The mixture that a card keeps.
 *
 * @param size of the card's latent
 * @throws ArgumentError for what is no such mixture, or one of another size
 */
export function mixtureFromCard(card: MixtureCard, size: number): GaussianMixture {
  checkObject('mixture', card, 'a mixture, as a card keeps it');
  checkInteger('size', size, 1, 2 ** 20);
  const { components } = card;
  checkList('mixture.components', components);
  for (const one of components) {
    const fits =
      one?.mean?.length === size && factorSizes(size).includes(one.factor?.length as number);
    if (!fits)
      throw new ArgumentError('mixture.components', `Gaussians of ${size} dimensions`, one);
  }
  return mixtureOf(card, size);
}

/** A mixture of a card that has been checked. */
export function mixtureOf({ components }: MixtureCard, size: number): GaussianMixture {
  return {
    size,
    components: components.map(({ weight, mean, factor }) => {
      if (factor.length === size) {
        return { weight, mean: Float64Array.from(mean), factor: Float64Array.from(factor) };
      }
      const square = new Float64Array(size * size);
      for (let row = 0; row < size; row++) {
        const from = (row * (row + 1)) / 2;
        square.set(factor.slice(from, from + row + 1), row * size);
      }
      return { weight, mean: Float64Array.from(mean), factor: square };
    }),
  };
}

/**
 * The mixture that a model has learned as its prior; undefined where its prior is N(0, I) or over codes, or it has none.
 *
 * @throws ArgumentError for what is no card
 */
export function priorOf(card: { readonly latent: LatentCard }): GaussianMixture | undefined {
  const { prior, size } = latentOfCard(card) as Extract<LatentCard, { kind: 'gaussian' }>;
  return prior && mixtureOf(prior, size);
}
