import {
  checkCallback,
  checkInteger,
  checkList,
  checkObject,
  checkOptions,
} from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { checkSampleOptions, checkShape, type DrawnOptions, deviates } from '../latents/noise.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import { createRandom, type Random } from '../random.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { firstNotFinite } from '../value-range.ts';
import { cholesky } from './linear-algebra.ts';
import { momentsOf } from './moments.ts';
import { selectRows, splitRows } from './split-rows.ts';

/** Σ_k weight_k · N(mean_k, factor_k factor_kᵀ), a density over latents. */
export interface GaussianMixture {
  readonly size: number;
  readonly components: readonly MixtureComponent[];
}

export interface MixtureComponent {
  /** Share of the latents, > 0; the shares sum to 1. */
  readonly weight: number;
  /** [size] */
  readonly mean: Float64Array;
  /** The lower Cholesky factor of the covariance, row by row, [size, size]; or its diagonal alone, [size]. */
  readonly factor: Float64Array;
}

export interface MixtureOptions {
  /** Numbers of components to try, each ≥ 1: the one with the highest held-out likelihood is taken. */
  readonly components: readonly number[];
  readonly seed: number;
  /** Share of the rows that the likelihood is measured on; 0.2 by default. */
  readonly heldOut?: number | undefined;
  /** Sweeps of EM at most; 100 by default. */
  readonly iterations?: number | undefined;
  /** Called after each fit with the mean log-density of held-out rows, in nats. */
  readonly onFit?: ((fit: MixtureFit) => void) | undefined;
}

/** A fitted mixture and what it was chosen by. */
export interface MixtureFit {
  readonly mixture: GaussianMixture;
  /** Mean log-density of held-out rows, in nats. */
  readonly heldOutLogDensity: number;
}

/** Whether of a factor the diagonal alone is kept. */
const isDiagonal = ({ length }: Float64Array, size: number) => length === size;

/** A sweep that raises the mean log-density by less than this many nats is the last one. */
const LEAST_GAIN = 1e-3;
/** A smaller share of a component in a row is none: most of them are. */
const LEAST_SHARE = 1e-12;
/** Added to every variance, in units of the mean variance of a dimension: no component shrinks to a point. */
const FLOOR = 1e-3;

/**
 * Fits a mixture of Gaussians to latents, by expectation–maximisation (Dempster et al. 1977) from centres
 * that are far apart (k-means++, Arthur & Vassilvitskii 2007). Fitted on draws from the posteriors of a data
 * set it approximates the aggregate posterior, which a model's samples should come from where that differs
 * from N(0, I) (Ghosh et al. 2020, "From variational to deterministic autoencoders", §4).
 *
 * Costs about n · components · size² operations a sweep.
 *
 * @param z [n, size], of which at least two rows are not held out
 * @throws ArgumentError for too few rows, no numbers of components, or one beyond half of the rows that are fitted;
 *   InputError for NaN or infinity
 */
export function fitGaussianMixture(z: Tensor<'float32'>, options: MixtureOptions): MixtureFit {
  checkFiniteRows('latents', z);
  checkOptions(options, '{ components: [8], seed: 1 }');
  const { components, seed, heldOut = 0.2, iterations = 100, onFit } = options;
  checkInteger('iterations', iterations, 1);
  checkCallback('onFit', onFit);
  checkList('components', components, 'an array of numbers');
  const [n = 0] = z.dims;
  const split = splitRows(n, heldOut, seed, 'mixture/split');
  const most = Math.floor(split.train.length / 2);
  if (most < 1) {
    throw new ArgumentError(
      'latents',
      'at least three rows, two of them to fit',
      `${n} rows, ${split.train.length} of them to fit`,
    );
  }
  if (components.length === 0) throw new ArgumentError('components', 'at least one number', '[]');
  for (const count of components) {
    if (!Number.isSafeInteger(count) || count < 1 || count > most) {
      throw new ArgumentError('components', `integers from 1 to ${most} (half of the rows)`, count);
    }
  }
  const [train, test] = [selectRows(z, split.train), selectRows(z, split.test)];
  let best: MixtureFit | undefined;
  for (const count of components) {
    const mixture = fit(train, count, createRandom(seed, `mixture/${count}`), iterations);
    const densities = mixtureLogDensity(mixture, test);
    const fitted = { mixture, heldOutLogDensity: mean(densities) };
    onFit?.(fitted);
    if (!best || fitted.heldOutLogDensity > best.heldOutLogDensity) best = fitted;
  }
  return best as MixtureFit;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function fit(
  z: Tensor<'float32'>,
  count: number,
  random: Random,
  iterations: number,
): GaussianMixture {
  const [n = 0, size = 0] = z.dims;
  const overall = momentsOf(z);
  let variance = 0;
  for (let i = 0; i < size; i++) variance += (overall.covariance[i * size + i] as number) / size;
  const component = (weight: number, mean: Float64Array, covariance: Float64Array) => {
    const raised = covariance.slice();
    for (let i = 0; i < size; i++) (raised[i * size + i] as number) += FLOOR * variance;
    return { weight, mean, factor: cholesky(raised, size) };
  };
  // Every component begins as wide as the whole: EM narrows it in its first sweeps.
  let mixture: GaussianMixture = {
    size,
    components: farApart(z, count, random).map((mean) =>
      component(1 / count, mean, overall.covariance),
    ),
  };
  const responsibilities = Array.from({ length: count }, () => new Float64Array(n));
  let before = Number.NEGATIVE_INFINITY;
  for (let sweep = 0; sweep < iterations; sweep++) {
    const density = expect(mixture, z, responsibilities) / n;
    if (density - before < LEAST_GAIN) break;
    before = density;
    mixture = {
      size,
      components: responsibilities.flatMap((shares) => {
        const total = shares.reduce((sum, share) => sum + share, 0);
        // A component that owns less than a row is left out, as nothing can be said of its spread.
        if (total < 1) return [];
        const { mean, covariance } = momentsOf(z, shares);
        return [component(total / n, mean, covariance)];
      }),
    };
    responsibilities.length = mixture.components.length;
  }
  const sum = mixture.components.reduce((total, { weight }) => total + weight, 0);
  return {
    size,
    components: mixture.components.map((one) => ({ ...one, weight: one.weight / sum })),
  };
}

/** Rows that are far from each other: each is drawn with its squared distance from those before as weight. */
function farApart(z: Tensor<'float32'>, count: number, random: Random): Float64Array[] {
  const [n = 0, size = 0] = z.dims;
  const row = (at: number) => Float64Array.from(z.data.subarray(at * size, (at + 1) * size));
  const chosen = [row(random.integer(n))];
  const distances = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < count) {
    const last = chosen[chosen.length - 1] as Float64Array;
    let total = 0;
    for (let at = 0; at < n; at++) {
      let squared = 0;
      for (let i = 0; i < size; i++) {
        squared += ((z.data[at * size + i] as number) - (last[i] as number)) ** 2;
      }
      if (squared < (distances[at] as number)) distances[at] = squared;
      total += distances[at] as number;
    }
    let left = random.uniform() * total;
    let at = 0;
    while (at < n - 1 && left >= (distances[at] as number)) left -= distances[at++] as number;
    chosen.push(row(at));
  }
  return chosen;
}

/** Fills in each component's share of each row; returns the sum of the rows' log-densities. */
function expect(
  mixture: GaussianMixture,
  z: Tensor<'float32'>,
  responsibilities: readonly Float64Array[],
): number {
  const [n = 0] = z.dims;
  fillLogTerms(mixture, z, responsibilities);
  let sum = 0;
  for (let row = 0; row < n; row++) {
    const total = logSumExp(responsibilities, row);
    sum += total;
    for (const terms of responsibilities) {
      const share = Math.exp((terms[row] as number) - total);
      terms[row] = share < LEAST_SHARE ? 0 : share;
    }
  }
  return sum;
}

/** What lies so many nats below the largest of some logarithms changes nothing in the sum of their exponentials. */
const NEGLIGIBLE = 45;

/**
 * ln(weight_k N(z; …)) of every row and component, into one array a component; −∞ for a component that is so far from
 * a row that another one makes it negligible, which is told after its first few dimensions.
 */
function fillLogTerms(
  { components, size }: GaussianMixture,
  { data, dims }: Tensor<'float32'>,
  out: readonly Float64Array[],
): void {
  const [n = 0] = dims;
  const logs = components.map(({ weight, factor }) => {
    let log = Math.log(weight) - 0.5 * size * Math.log(2 * Math.PI);
    const step = isDiagonal(factor, size) ? 1 : size + 1;
    for (let i = 0; i < factor.length; i += step) log -= Math.log(factor[i] as number);
    return log;
  });
  const x = new Float64Array(size);
  for (let row = 0; row < n; row++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < logs.length; k++) {
      const { mean, factor } = components[k] as MixtureComponent;
      const diagonal = isDiagonal(factor, size);
      const log = logs[k] as number;
      const least = largest - NEGLIGIBLE;
      let term = log;
      // x = L⁻¹ (z − mean), a dimension at a time: each can only lower the term.
      for (let i = 0; i < size && term >= least; i++) {
        const line = diagonal ? 0 : i * size;
        let sum = (data[row * size + i] as number) - (mean[i] as number);
        for (let j = diagonal ? i : 0; j < i; j++) {
          sum -= (factor[line + j] as number) * (x[j] as number);
        }
        sum /= factor[line + i] as number;
        x[i] = sum;
        term -= 0.5 * sum * sum;
      }
      (out[k] as Float64Array)[row] = term >= least ? term : Number.NEGATIVE_INFINITY;
      if (term > largest) largest = term;
    }
  }
}

function logSumExp(terms: readonly Float64Array[], row: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const of of terms) largest = Math.max(largest, of[row] as number);
  let sum = 0;
  for (const of of terms) sum += Math.exp((of[row] as number) - largest);
  return largest + Math.log(sum);
}

/**
 * ln p(z) of each row under a mixture, in nats, [n].
 *
 * @param z [n, size]
 * @throws ArgumentError for what is no mixture, or latents of another size; InputError for NaN or infinity
 */
export function mixtureLogDensity(mixture: GaussianMixture, z: Tensor<'float32'>): Float64Array {
  checkMixture(mixture);
  checkFiniteRows('latents', z, { size: mixture.size });
  return densitiesUnder(mixture, z);
}

/** {@link mixtureLogDensity} of what has been checked. */
export function densitiesUnder(mixture: GaussianMixture, z: Tensor<'float32'>): Float64Array {
  const [n = 0] = z.dims;
  const terms = mixture.components.map(() => new Float64Array(n));
  fillLogTerms(mixture, z, terms);
  return Float64Array.from({ length: n }, (_, row) => logSumExp(terms, row));
}

/**
 * Draws latents from a mixture, [count, size].
 *
 * @param options.temperature factor on the standard deviations of the components, ≥ 0; 1 by default
 * @param options.truncation of the components; see {@link truncatedNormal}; no limit by default
 * @throws ArgumentError, also for a temperature that leads beyond float32
 */
export function sampleMixture(
  mixture: GaussianMixture,
  count: number,
  options: DrawnOptions,
): Tensor<'float32'> {
  checkMixture(mixture);
  checkSampleOptions(options);
  checkShape(count, mixture.size);
  const drawn = drawsFrom(mixture, count, options);
  if (firstNotFinite(drawn.data) >= 0) {
    throw new ArgumentError(
      'temperature',
      'one that keeps the draws within float32',
      options.temperature,
    );
  }
  return drawn;
}

/** {@link sampleMixture} of what has been checked. */
export function drawsFrom(
  { components, size }: GaussianMixture,
  count: number,
  options: DrawnOptions,
): Tensor<'float32'> {
  const random = createRandom(options.seed, 'mixture');
  const noise = deviates(random, count * size, options, 'mixture');
  const out = new Float32Array(count * size);
  for (let row = 0; row < count; row++) {
    let left = random.uniform();
    const { mean, factor } = (components.find(({ weight }) => {
      left -= weight;
      return left < 0;
    }) ?? components[components.length - 1]) as MixtureComponent;
    const diagonal = isDiagonal(factor, size);
    for (let i = 0; i < size; i++) {
      const line = diagonal ? 0 : i * size;
      let value = mean[i] as number;
      for (let j = diagonal ? i : 0; j <= i; j++) {
        value += (factor[line + j] as number) * (noise[row * size + j] as number);
      }
      out[row * size + i] = value;
    }
  }
  return tensor(out, [count, size]);
}

/** @throws ArgumentError for what is no mixture */
export function checkMixture(mixture: unknown): void {
  checkObject('mixture', mixture, 'a mixture, as fitGaussianMixture gives it');
  const { size, components } = mixture as Partial<GaussianMixture>;
  checkInteger('mixture.size', size, 1);
  checkList('mixture.components', components);
  const wrong = components?.find(
    (one) =>
      !(one?.weight > 0 && Number.isFinite(one.weight)) ||
      !isFiniteOf(one.mean, [size]) ||
      !isFiniteOf(one.factor, [size, (size as number) ** 2]),
  );
  if (wrong !== undefined || components?.length === 0 || components?.includes(undefined as never)) {
    throw new ArgumentError(
      'mixture.components',
      `at least one, each with a weight above 0, a mean of ${size} numbers and a factor of ${size} × ${size}, or its diagonal`,
      wrong ?? components,
    );
  }
}

function isFiniteOf(values: ArrayLike<number> | undefined, lengths: readonly unknown[]): boolean {
  if (!lengths.includes(values?.length)) return false;
  return Array.prototype.every.call(values, Number.isFinite);
}
