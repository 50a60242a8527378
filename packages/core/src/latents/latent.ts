import type { ModelCard } from '../card/card.ts';
import { ArgumentError, InputError } from '../errors/index.ts';
import { createRandom } from '../random.ts';
import { outputOf } from '../run/outputs.ts';
import type { NamedTensors } from '../run/runner.ts';
import { sizeOf, type Tensor, tensor } from '../tensor.ts';

export interface SampleOptions {
  /** Seed of the noise; the same seed gives the same latents on every runtime. */
  readonly seed: number;
  /** Factor on the standard deviation, ≥ 0; 1 by default. */
  readonly temperature?: number | undefined;
}

/** A diagonal Gaussian posterior q(z|x) = N(mean, diag(exp(logVar))) for each item. */
export interface GaussianLatent {
  readonly kind: 'gaussian';
  /** [n, latentSize] */
  readonly mean: Tensor<'float32'>;
  /** [n, latentSize] */
  readonly logVar: Tensor<'float32'>;
  /** Draws z = mean + temperature · exp(logVar / 2) · ε, ε ~ N(0, I) (Kingma & Welling 2014, §2.4). */
  sample(options: SampleOptions): Tensor<'float32'>;
}

/** A single code z for each item, from a deterministic encoder. */
export interface PointLatent {
  readonly kind: 'point';
  /** [n, latentSize] */
  readonly z: Tensor<'float32'>;
}

/**
 * A posterior that a normalising flow shapes: z = f(mean + exp(logVar / 2) · ε), where f depends on x.
 * The draw is made inside the encoder; without a seed ε is 0, so that z is the image of the base mean.
 */
export interface FlowLatent {
  readonly kind: 'flow';
  /** [n, latentSize] */
  readonly z: Tensor<'float32'>;
  /** ln q(z|x) of that z, [n] */
  readonly logQ: Tensor<'float32'>;
  /** Mean of the base Gaussian, [n, latentSize] */
  readonly mean: Tensor<'float32'>;
  /** Log-variance of the base Gaussian, [n, latentSize] */
  readonly logVar: Tensor<'float32'>;
}

/**
 * The levels of a hierarchical model, topmost first, in coordinates in which the prior of every level
 * given those above it is N(0, I): what the decoder takes, and what can be edited level by level.
 */
export interface LadderLatent {
  readonly kind: 'ladder';
  /** All levels one after the other, [n, latentSize] */
  readonly z: Tensor<'float32'>;
  /** KL of each level's posterior from its prior, in nats, [n, levels] */
  readonly kl: Tensor<'float32'>;
  /** Dimensions of each level, topmost first. */
  readonly levels: readonly number[];
}

/** A grid of entries of a learned codebook (van den Oord et al. 2017). */
export interface CodesLatent {
  readonly kind: 'codes';
  /** [n, height, width], each in [0, codes) */
  readonly indices: Tensor<'int32'>;
  /** What the encoder said before it was replaced by the nearest entries, [n, height, width, dim] */
  readonly zE: Tensor<'float32'>;
}

/** What an encoder says of its input; `kind` tells which. */
export type Latent = GaussianLatent | PointLatent | FlowLatent | LadderLatent | CodesLatent;
export type LatentKind = Latent['kind'];
export type LatentOf<K extends LatentKind> = Extract<Latent, { kind: K }>;

export function gaussianLatent(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): GaussianLatent {
  return {
    kind: 'gaussian',
    mean,
    logVar,
    sample({ seed, temperature = 1 }) {
      checkTemperature(temperature);
      const [n = 0, size = 0] = mean.dims;
      const z = posteriorNoise(n, size, { seed }).data;
      for (let i = 0; i < z.length; i++) {
        const deviation = Math.exp((logVar.data[i] as number) / 2);
        z[i] = (mean.data[i] as number) + temperature * deviation * (z[i] as number);
      }
      return tensor(z, mean.dims);
    },
  };
}

/** Reads a latent off the outputs of an encoder, by the kind that the card names. */
export function latentOf(outputs: NamedTensors, { latent }: Pick<ModelCard, 'latent'>): Latent {
  const output = (name: string) => outputOf(outputs, name);
  switch (latent.kind) {
    case 'gaussian':
      return gaussianLatent(output('mean'), output('log_var'));
    case 'point':
      return { kind: 'point', z: output('z') };
    case 'flow':
      return {
        kind: 'flow',
        z: output('z'),
        logQ: output('log_q'),
        mean: output('mean'),
        logVar: output('log_var'),
      };
    case 'ladder':
      return { kind: 'ladder', z: output('z'), kl: output('kl'), levels: latent.levels };
    case 'codes':
      return { kind: 'codes', indices: outputOf(outputs, 'indices', 'int32'), zE: output('z_e') };
  }
}

/**
 * The noise that an encoder with a draw inside is fed, [count, size]: N(0, temperature² I) under a
 * seed, else 0.
 */
export function posteriorNoise(
  count: number,
  size: number,
  {
    seed,
    temperature = 1,
  }: { readonly seed?: number | undefined; readonly temperature?: number | undefined },
): Tensor<'float32'> {
  checkTemperature(temperature);
  const noise = new Float32Array(count * size);
  if (seed !== undefined) createRandom(seed, 'posterior').fillNormal(noise, temperature);
  return tensor(noise, [count, size]);
}

/**
 * The representative of a latent, [n, latentSize]: the posterior mean, the code, the flow's z or the
 * ladder's levels (those of ε = 0 unless a seed was given), or a grid's vectors before quantisation.
 */
export function centre(latent: Latent): Tensor<'float32'> {
  switch (latent.kind) {
    case 'gaussian':
      return latent.mean;
    case 'codes':
      return asRows(latent.zE);
    default:
      return latent.z;
  }
}

/** The one output of an encoder that {@link centreOf} reads. */
export function centreName(kind: LatentKind): string {
  switch (kind) {
    case 'gaussian':
      return 'mean';
    case 'codes':
      return 'z_e';
    default:
      return 'z';
  }
}

/** What {@link centre} gives, read off the outputs of an encoder, of which only one need be there. */
export function centreOf(
  outputs: NamedTensors,
  { latent }: Pick<ModelCard, 'latent'>,
): Tensor<'float32'> {
  const output = outputOf(outputs, centreName(latent.kind));
  return latent.kind === 'codes' ? asRows(output) : output;
}

function asRows({ data, dims }: Tensor<'float32'>): Tensor<'float32'> {
  const [n = 0, ...rest] = dims;
  return tensor(data, [n, sizeOf(rest)]);
}

/** Draws `count` latents from the prior N(0, temperature² I), as [count, size]. */
export function samplePrior(
  count: number,
  size: number,
  { seed, temperature = 1 }: SampleOptions,
): Tensor<'float32'> {
  checkCount(count);
  checkTemperature(temperature);
  const z = createRandom(seed, 'prior').fillNormal(new Float32Array(count * size), temperature);
  return tensor(z, [count, size]);
}

export function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new ArgumentError('count', 'an integer of at least 1', count);
  }
}

export function checkTemperature(temperature: number): void {
  if (!Number.isFinite(temperature) || temperature < 0) {
    throw new ArgumentError('temperature', 'a finite number of at least 0', temperature);
  }
}

export type InterpolationPath = 'lerp' | 'slerp';

/**
 * The path from latent `a` to latent `b`, both ends included, as [steps, latentSize].
 *
 * `lerp` is the straight line. `slerp` (Shoemake 1985) turns along the great circle while the norm
 * changes linearly: under a high-dimensional Gaussian prior the straight line passes through norms
 * that the decoder never saw. For (nearly) parallel or zero ends the two coincide.
 */
export function interpolateLatents(
  a: Float32Array,
  b: Float32Array,
  {
    steps,
    path = 'lerp',
  }: { readonly steps: number; readonly path?: InterpolationPath | undefined },
): Tensor<'float32'> {
  if (a.length !== b.length) {
    throw new InputError(
      'interpolation ends',
      'two latents of one size',
      `sizes ${a.length} and ${b.length}`,
    );
  }
  if (!Number.isSafeInteger(steps) || steps < 2) {
    throw new ArgumentError('steps', 'an integer of at least 2', steps);
  }
  if (path !== 'lerp' && path !== 'slerp')
    throw new ArgumentError('path', "'lerp' or 'slerp'", path);
  const size = a.length;
  const out = new Float32Array(steps * size);
  const weights = path === 'lerp' ? lerpWeights : slerpWeights(a, b);
  for (let step = 0; step < steps; step++) {
    const [wa, wb] = weights(step / (steps - 1));
    for (let i = 0; i < size; i++)
      out[step * size + i] = wa * (a[i] as number) + wb * (b[i] as number);
  }
  // The ends are the arguments to the bit, whatever the rounding of the weights.
  out.set(a, 0);
  out.set(b, (steps - 1) * size);
  return tensor(out, [steps, size]);
}

type Weights = (t: number) => readonly [number, number];

const lerpWeights: Weights = (t) => [1 - t, t];

function slerpWeights(a: Float32Array, b: Float32Array): Weights {
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const normA = Math.sqrt(aa);
  const normB = Math.sqrt(bb);
  const angle = Math.acos(Math.max(-1, Math.min(1, ab / (normA * normB))));
  const sine = Math.sin(angle);
  // Also when a norm is 0 (the angle is NaN), or the ends are opposite and no great circle is singled out.
  if (!(sine > 1e-6)) return lerpWeights;
  return (t) => {
    const norm = (1 - t) * normA + t * normB;
    return [
      ((Math.sin((1 - t) * angle) / sine) * norm) / normA,
      ((Math.sin(t * angle) / sine) * norm) / normB,
    ];
  };
}
