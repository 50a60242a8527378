import { type Items, itemRows } from '../batch/batch.ts';
import { checkInteger } from '../errors/check.ts';
import { ArgumentError, throwIfAborted } from '../errors/index.ts';
import { densitiesUnder, type GaussianMixture } from '../latent-space/gaussian-mixture.ts';
import { mixtureOf, noMixture, priorOf } from '../latent-space/mixture-card.ts';
import type { DecoderFeed } from '../latents/definition.ts';
import { normalLogDensities } from '../latents/densities.ts';
import type { Latent, LatentKind } from '../latents/index.ts';
import { definitionOf } from '../latents/look-up.ts';
import { sliceRows } from '../run/rows.ts';
import { breathe } from '../run/turn.ts';
import { sizeOf, type Tensor, tensor } from '../tensor.ts';
import type { ScoreOptions } from './autoencoder-options.ts';
import type { CodePrior } from './code-prior.ts';
import type { Decoded, Decoder } from './decoder.ts';
import type { Encoder } from './encoder.ts';
import { drawSeeds } from './latent-edits.ts';
import { elementLogLikelihood, logLikelihood } from './likelihood.ts';

/** What {@link Autoencoder.score} gives, one value an item, in nats: elbo = reconstruction − kl. */
export interface Score {
  readonly elbo: Float64Array;
  /** ln p(x|z) */
  readonly reconstruction: Float64Array;
  /** KL(q(z|x) ‖ p(z)), or its one-sample estimate for a flow, and under a prior of the model's own */
  readonly kl: Float64Array;
  /** 1 for an item one of whose scores is below its threshold on the card, else 0; absent where the card has none. */
  readonly odd?: Uint8Array | undefined;
  /**
   * ln of the density of the latent's centre under the mixture on the card, where it was asked for. It tells items
   * that lie apart from those that the mixture was fitted to, also where they are easy to draw (docs/anomaly-detection.md).
   */
  readonly density?: Float64Array | undefined;
  /** The importance-weighted bound of ln p(x) (Burda et al. 2016, eq. 8), where draws for it were asked for. */
  readonly importanceWeighted?: Float64Array | undefined;
  /**
   * −ln p of each element given the draw, [n, …item shape], where maps were asked for: large where the model would not
   * have drawn what is there. The terms of an item sum to minus its reconstruction.
   */
  readonly maps?: Tensor<'float32'> | undefined;
}

/** Elements whose likelihoods are computed in one go: a millisecond or two. */
const SCORED_AT_A_TIME = 2 ** 16;
/** Multiplications of densities in one go, likewise. */
const MULTIPLIED_AT_A_TIME = 2 ** 20;

interface Halves {
  readonly encoder: Encoder<LatentKind, never>;
  readonly decoder: Decoder;
}

/** See {@link Autoencoder.score}. */
export async function scoreItems(
  { encoder, decoder }: Halves,
  codePrior: CodePrior | undefined,
  items: Items,
  options: ScoreOptions,
): Promise<Score> {
  const { card } = decoder;
  const { thresholds = [], mixture } = card.latentSpace ?? {};
  const {
    importance,
    maps: wantsMaps = false,
    density: wantsDensity = thresholds.some(({ score }) => score === 'density'),
    ...each
  } = options;
  const { signal, condition } = each;
  const definition = definitionOf(card.latent);
  if (wantsDensity && !mixture) throw noMixture(card, 'density', 'false', wantsDensity);
  if (importance !== undefined) {
    checkInteger('importance', importance, 1);
    if (!definition.logRatio) {
      throw new ArgumentError(
        'importance',
        `a model whose posterior has a density, which a latent of kind '${card.latent.kind}' does not have`,
        importance,
      );
    }
  }
  const latent: Latent = await encoder.encode(items, each);
  const { z, kl: ownKl } = definition.draw(latent, options);
  const prior = priorOf(card);
  const kl =
    z.dtype === 'int32'
      ? ((await codePrior?.negativeLogProbability(z, options)) ?? ownKl)
      : prior
        ? await logRatioOf(latent, z)
        : ownKl;
  const { length } = kl;
  const terms = wantsMaps ? new Float32Array(length * sizeOf(card.item.shape)) : undefined;

  /** ln p(x|z) of each item; its terms are kept where `kept` is given. */
  const likelihoodOf = async (z: DecoderFeed, kept?: Float32Array): Promise<Float64Array> => {
    const decoded = await decoder.decode(z, { signal, condition });
    const rows = itemRows(items, card, options);
    const size = sizeOf(card.item.shape);
    const sums = new Float64Array(rows.count);
    const step = Math.ceil(SCORED_AT_A_TIME / size);
    await inParts(rows.count, step, (from, to) => {
      const part = sliceRows({ ...decoded }, from, to) as unknown as Decoded;
      const values = rows.values(from, to);
      sums.set(logLikelihood(values, part, card), from);
      kept?.set(
        elementLogLikelihood(values, part, card).map((value) => -value),
        from * size,
      );
    });
    return sums;
  };

  const reconstruction = await likelihoodOf(z, terms);
  const elbo = reconstruction.map((value, i) => value - (kl[i] as number));
  const weighted = importance === undefined ? undefined : await weightedBound(importance);
  const density =
    wantsDensity && mixture
      ? await densityOf(mixtureOf(mixture, card.latent.size), definition.centre(latent))
      : undefined;
  const scores = { elbo, reconstruction, ...(density ? { density } : {}) };
  const limits = thresholds.flatMap(({ score, value }) =>
    scores[score] ? [{ values: scores[score], value }] : [],
  );
  return {
    ...scores,
    kl,
    ...(limits.length === 0
      ? {}
      : {
          odd: Uint8Array.from(elbo, (_, i) =>
            Number(limits.some(({ values, value }) => (values[i] as number) < value)),
          ),
        }),
    ...(weighted ? { importanceWeighted: weighted } : {}),
    ...(terms ? { maps: tensor(terms, [length, ...card.item.shape]) } : {}),
  };

  /** Counts `step` items at a time, between which others have their turn. */
  async function inParts(
    items: number,
    step: number,
    count: (from: number, to: number) => void,
  ): Promise<void> {
    for (let from = 0; from < items; from += step) {
      count(from, Math.min(from + step, items));
      await breathe();
      throwIfAborted(signal, 'Scoring');
    }
  }

  async function densityOf(mixture: GaussianMixture, z: Tensor<'float32'>): Promise<Float64Array> {
    const [length = 0] = z.dims;
    const densities = new Float64Array(length);
    const numbers = mixture.components.reduce((sum, { factor }) => sum + factor.length, 0);
    await inParts(length, Math.ceil(MULTIPLIED_AT_A_TIME / numbers), (from, to) => {
      const part = tensor(z.data.subarray(from * mixture.size, to * mixture.size), [
        to - from,
        mixture.size,
      ]);
      densities.set(densitiesUnder(mixture, part), from);
    });
    return densities;
  }

  /** ln q(z|x) − ln p(z) of draws. */
  async function logRatioOf(posterior: Latent, z: Tensor<'float32'>): Promise<Float64Array> {
    const ratio = definition.logRatio?.(posterior, z) as Float64Array;
    if (!prior) return ratio;
    const [normal, own] = [normalLogDensities(z), await densityOf(prior, z)];
    return ratio.map((value, i) => value + (normal[i] as number) - (own[i] as number));
  }

  /** ln of the mean over draws of p(x|z) p(z) / q(z|x), kept as its logarithm on the way. */
  async function weightedBound(draws: number): Promise<Float64Array> {
    const most = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    const sums = new Float64Array(length);
    for (const one of drawSeeds(each.seed, draws)) {
      const drawn = { ...each, seed: one };
      const posterior: Latent = definition.takesNoise ? await encoder.encode(items, drawn) : latent;
      const z = definition.draw(posterior, drawn).z as Tensor<'float32'>;
      const ratio = await logRatioOf(posterior, z);
      const likelihood = await likelihoodOf(z);
      for (let i = 0; i < length; i++) {
        const weight = (likelihood[i] as number) - (ratio[i] as number);
        const larger = Math.max(most[i] as number, weight);
        sums[i] =
          (sums[i] as number) * Math.exp((most[i] as number) - larger) + Math.exp(weight - larger);
        most[i] = larger;
      }
    }
    return sums.map((sum, i) => (most[i] as number) + Math.log(sum / draws));
  }
}
