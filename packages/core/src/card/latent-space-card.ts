import * as v from 'valibot';
import type { LatentCard } from '../latents/index.ts';
import { factorSizes, type MixtureCard, MixtureSchema } from '../mixture-schema.ts';
import {
  finite,
  name,
  positive,
  positiveInteger,
  share,
  someShare,
  text,
} from '../plain-schemas.ts';

/** How it was found, in words: data, method, items. */
const protocol = text;

/** Where an attribute of the items points to. */
interface DirectionCard {
  name: string;
  vector: number[];
  deviation: number;
  r2: number;
  accuracy?: number | undefined;
  protocol: string;
}

/** A score below which an item counts as odd. */
interface ThresholdCard {
  score: 'elbo' | 'reconstruction' | 'density';
  value: number;
  falseAlarms: number;
  protocol: string;
  count: number;
}

/** What was found out about the latent space of a model after it was made; none of it changes the model. */
export interface LatentSpaceCard {
  directions?: DirectionCard[] | undefined;
  mixture?: MixtureCard | undefined;
  thresholds?: ThresholdCard[] | undefined;
}

/** Its type by name, which declarations then have. */
export const LatentSpaceSchema: v.GenericSchema<LatentSpaceCard> = v.object({
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
  mixture: v.optional(MixtureSchema),
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

/** Where what is said of a latent space, and of the prior over it, does not fit the latent's size. */
export function latentSpaceIssues({ latent, latentSpace = {} }: SpaceCard): string[] {
  const { size, prior } = latent as Extract<LatentCard, { kind: 'gaussian' }>;
  const { directions, mixture } = latentSpace;
  const lists: Record<string, Partial<Record<string, unknown>>[] | undefined> = {
    'latentSpace.directions': directions as object[] | undefined,
    'latentSpace.mixture.components': mixture?.components,
    'latent.prior.components': prior?.components,
  };
  const sizes = { vector: [size], mean: [size], factor: factorSizes(size) };
  return Object.entries(lists).flatMap(([where, list = []]) =>
    list.flatMap((one, i) =>
      Object.entries(sizes).flatMap(([part, wanted]) => {
        const { length = size } = (one[part] ?? {}) as Partial<number[]>;
        return wanted.includes(length)
          ? []
          : [`${where}.${i}.${part}: expected ${wanted.join(' or ')} numbers, received ${length}`];
      }),
    ),
  );
}

interface SpaceCard {
  readonly latent: LatentCard;
  readonly latentSpace?: LatentSpaceCard | undefined;
}
