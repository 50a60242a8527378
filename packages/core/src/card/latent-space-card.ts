import * as v from 'valibot';
import { finite, name, positive, positiveInteger, share, text } from '../plain-schemas.ts';

const someShare = v.pipe(positive, v.maxValue(1));
/** How it was found, in words: data, method, items. */
const protocol = text;

/** What was found out about the latent space of a model after it was made; none of it changes the model. */
export const LatentSpaceSchema = v.object({
  /** Where attributes of the items point to. */
  directions: v.optional(
    v.array(
      v.object({
        name,
        /** What is added to a latent to raise the attribute by one of its standard deviations. */
        vector: v.array(finite),
        /** Standard deviation of the attribute. */
        deviation: positive,
        /** Share of the variance that a linear reading of held-out latents explains. */
        r2: v.pipe(finite, v.maxValue(1)),
        /** For a label: share of held-out items for which that reading is right. */
        accuracy: v.optional(share),
        protocol,
      }),
    ),
  ),
  /** A mixture of Gaussians that approximates where latents of data lie. */
  mixture: v.optional(
    v.object({
      components: v.pipe(
        v.array(
          v.object({
            weight: someShare,
            mean: v.array(finite),
            /** The rows of the lower Cholesky factor of the covariance, up to the diagonal. */
            factor: v.array(finite),
          }),
        ),
        v.minLength(1),
      ),
      protocol,
    }),
  ),
  /** Scores below which an item counts as odd. */
  thresholds: v.optional(
    v.array(
      v.object({
        score: v.picklist(['elbo', 'reconstruction', 'density']),
        value: finite,
        /** Share of ordinary items that score lower. */
        falseAlarms: someShare,
        protocol,
        /** Items that it was set on. */
        count: positiveInteger,
      }),
    ),
  ),
});

export type LatentSpaceCard = v.InferOutput<typeof LatentSpaceSchema>;

/** Where what is said of a latent space does not fit the latent's size. */
export function latentSpaceIssues(
  { directions = [], mixture }: LatentSpaceCard,
  size: number,
): string[] {
  const wrong = (where: string, wanted: number, { length }: readonly number[]) =>
    length === wanted
      ? []
      : [`latentSpace.${where}: expected ${wanted} numbers, received ${length}`];
  return [
    ...directions.flatMap(({ vector }, i) => wrong(`directions.${i}.vector`, size, vector)),
    ...(mixture?.components ?? []).flatMap(({ mean, factor }, i) => [
      ...wrong(`mixture.components.${i}.mean`, size, mean),
      ...wrong(`mixture.components.${i}.factor`, (size * (size + 1)) / 2, factor),
    ]),
  ];
}
