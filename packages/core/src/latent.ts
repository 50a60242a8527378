import { ArgumentError, InputError } from './errors.ts';
import { createRandom } from './random.ts';
import { type Tensor, tensor } from './tensor.ts';

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

/** What an encoder says of its input; `kind` tells which. */
export type Latent = GaussianLatent | PointLatent;
export type LatentKind = Latent['kind'];
export type LatentOf<K extends LatentKind> = Extract<Latent, { kind: K }>;

export function gaussianLatent(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): GaussianLatent {
  return {
    kind: 'gaussian',
    mean,
    logVar,
    sample({ seed, temperature = 1 }) {
      checkTemperature(temperature);
      const z = createRandom(seed, 'posterior').fillNormal(new Float32Array(mean.data.length));
      for (let i = 0; i < z.length; i++) {
        const deviation = Math.exp((logVar.data[i] as number) / 2);
        z[i] = (mean.data[i] as number) + temperature * deviation * (z[i] as number);
      }
      return tensor(z, mean.dims);
    },
  };
}

/** The deterministic representative of a latent, [n, latentSize]: the posterior mean, or the code. */
export function centre(latent: Latent): Tensor<'float32'> {
  return latent.kind === 'gaussian' ? latent.mean : latent.z;
}

/** Draws `count` latents from the prior N(0, temperature² I), as [count, size]. */
export function samplePrior(
  count: number,
  size: number,
  { seed, temperature = 1 }: SampleOptions,
): Tensor<'float32'> {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new ArgumentError('count', 'an integer of at least 1', count);
  }
  checkTemperature(temperature);
  const z = createRandom(seed, 'prior').fillNormal(new Float32Array(count * size), temperature);
  return tensor(z, [count, size]);
}

function checkTemperature(temperature: number): void {
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
