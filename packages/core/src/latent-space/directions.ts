import { checkList, checkObject, checkOptions } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import type { Tensor } from '../tensor.ts';
import { cholesky, dot, multiply, solve } from './linear-algebra.ts';
import { momentsOf } from './moments.ts';
import { selectRows, splitRows } from './split-rows.ts';

/** An attribute of items, such as the thickness of a stroke, or whether somebody smiles. */
export interface Attribute {
  readonly name: string;
  /** Its value for each item, [n]: a number of at most 10¹⁵⁰ in size, or 0 and 1 for a label. */
  readonly values: ArrayLike<number>;
}

/** Where an attribute points to in a latent space. */
export interface Direction {
  readonly name: string;
  /** What is added to a latent to raise the attribute by one of its standard deviations, [size]. */
  readonly vector: Float32Array;
  /** Standard deviation of the attribute over the items that the direction was found on. */
  readonly deviation: number;
  /** Share of the attribute's variance that a linear reading of held-out latents explains (R², at most 1). */
  readonly r2: number;
  /** For an attribute of 0 and 1: share of held-out items whose label that reading, cut in the middle, gives. */
  readonly accuracy?: number | undefined;
}

export interface DirectionOptions {
  /** Share of the items that {@link Direction.r2} and accuracy are measured on; 0.2 by default. */
  readonly heldOut?: number | undefined;
  /** Ridge penalty, above 0 and at most 10⁶, in units of the mean variance of a latent dimension; 1e-3 by default. */
  readonly ridge?: number | undefined;
  /** Seed of the choice of held-out items; 1 by default. */
  readonly seed?: number | undefined;
}

/**
 * A direction for each attribute that leaves the others alone.
 *
 * Each attribute, in units of its standard deviation, is read off the latents by ridge regression with
 * weights w (Hoerl & Kennard 1970). With the weights of all attributes as the columns of W and the
 * covariance Σ of the latents, the direction of attribute k is the k-th column of Σ W (Wᵀ Σ W)⁻¹: of all
 * steps d with Wᵀ d = e_k (one deviation of k, none of the others) the likeliest under a Gaussian with
 * that covariance, with the least dᵀ Σ⁻¹ d. For a single attribute it is
 * the regression of the latents on it, over R²: for a label, along the difference of the means of its two
 * classes (White 2016, "Sampling generative networks", §4). Of classes that exclude each other ask for each by
 * itself.
 *
 * @param z latents of the items, [n, size]
 * @param attributes those whose directions are wanted, `size` at most; leave out what may change along
 * @throws ArgumentError for fewer than 10 items, values that do not fit them or are not finite, an attribute that does not
 *   vary or that the latents tell nothing of, or attributes that follow from each other; InputError for NaN or
 *   infinity
 */
export function findDirections(
  z: Tensor<'float32'>,
  attributes: readonly Attribute[],
  options: DirectionOptions = {},
): Direction[] {
  checkFiniteRows('latents', z);
  checkList('attributes', attributes);
  checkOptions(options);
  const { heldOut = 0.2, ridge = 1e-3, seed = 1 } = options;
  const [n = 0, size = 0] = z.dims;
  if (n < 10) throw new ArgumentError('latents', 'at least 10 rows', `${n} rows`);
  if (!(ridge > 0 && ridge <= 1e6)) {
    throw new ArgumentError('ridge', 'a number above 0, 1e6 at most', ridge);
  }
  for (const attribute of attributes) checkAttribute(attribute, n);
  if (attributes.length > size) {
    throw new ArgumentError(
      'attributes',
      `${size} at most, as many as the latents have dimensions; leave some out, or ask for each by itself`,
      attributes.map(({ name }) => name),
    );
  }

  const { train, test } = splitRows(n, heldOut, seed, 'directions');
  const training = selectRows(z, train);
  const { mean, covariance } = momentsOf(training);
  const penalised = covariance.slice();
  const meanVariance = trace(covariance, size) / size;
  for (let i = 0; i < size; i++) (penalised[i * size + i] as number) += ridge * meanVariance;

  const readings = attributes.map(({ name, values }) => {
    checkVaries(name, values, train);
    const scale = scaleOf(train, values);
    const covariances = covarianceWith(training, mean, train, values, scale);
    return { name, values, scale, weights: solve(penalised, size, covariances) };
  });
  const moved = readings.map(({ weights }) => multiply(covariance, size, weights));
  const deviations = readings.map(({ name, weights }, k) => {
    const deviation = Math.sqrt(dot(weights, moved[k] as Float64Array));
    if (deviation > 0) return deviation;
    throw new ArgumentError(
      `attribute '${name}'`,
      'one that the latents tell something of',
      'no covariance with any of their dimensions',
    );
  });
  // In units of the readings' deviations their covariances are correlations, whatever the scale of the latents.
  const correlations = Float64Array.from({ length: readings.length ** 2 }, (_, at) => {
    const [row, column] = [Math.floor(at / readings.length), at % readings.length];
    const covariance = dot(readings[row]?.weights as Float64Array, moved[column] as Float64Array);
    return covariance / (deviations[row] as number) / (deviations[column] as number);
  });
  checkIndependent(readings, correlations);
  return readings.map(({ name, values, scale, weights }, k) => {
    const unit = Float64Array.from(readings, (_, i) => (i === k ? 1 : 0));
    const mix = solve(correlations, readings.length, unit).map(
      (share, j) => share / (deviations[j] as number) / (deviations[k] as number),
    );
    const vector = Float32Array.from({ length: size }, (_, i) =>
      moved.reduce((sum, column, j) => sum + (mix[j] as number) * (column[i] as number), 0),
    );
    if (!vector.every(Number.isFinite)) {
      throw new ArgumentError(`attribute '${name}'`, 'a direction within float32', 'one beyond it');
    }
    const predict = (row: number) => {
      let sum = scale.mean;
      for (let i = 0; i < size; i++) {
        const centred = (z.data[row * size + i] as number) - (mean[i] as number);
        sum += scale.deviation * (weights[i] as number) * centred;
      }
      return sum;
    };
    return { name, vector, deviation: scale.deviation, ...judge(test, values, predict) };
  });
}

function checkAttribute(attribute: Attribute, n: number): void {
  checkObject('attributes', attribute, 'objects with a name and values');
  const { name, values } = attribute;
  checkObject(`attribute '${name}'`, values, 'an array of numbers');
  if (values.length !== n) {
    throw new ArgumentError(
      `attribute '${name}'`,
      `${n} values, one for each latent`,
      values.length,
    );
  }
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(values[i])) {
      throw new ArgumentError(`attribute '${name}'`, 'finite numbers', `${values[i]} at ${i}`);
    }
    // The squares of larger ones do not fit a number.
    if (Math.abs(values[i] as number) > 1e150) {
      throw new ArgumentError(
        `attribute '${name}'`,
        'numbers from -1e150 to 1e150',
        `${values[i]} at ${i}`,
      );
    }
  }
}

/** That an attribute varies among the items that directions are found on. */
function checkVaries(name: string, values: ArrayLike<number>, train: Uint32Array): void {
  const first = values[train[0] as number];
  if (train.some((row) => values[row] !== first)) return;
  const everywhere = Array.prototype.every.call(values, (value) => value === first);
  throw new ArgumentError(
    `attribute '${name}'`,
    everywhere
      ? 'values that vary'
      : 'values that vary among the items that are not held out; give another seed or heldOut',
    everywhere ? 'one value for all items' : `${first} for all ${train.length} of them`,
  );
}

/** A reading of which the others leave less of its variance than this share follows from them. */
const LEAST_OF_ITS_OWN = 1e-6;
/** Share of its deviation with which another reading has a part in one that follows. */
const LEAST_PART = 1e-3;

/**
 * That no reading follows from those before it: none of those could be raised and leave the others alone.
 *
 * @param correlations of the readings, [n, n]
 */
function checkIndependent(
  readings: readonly Pick<Attribute, 'name'>[],
  correlations: Float64Array,
): void {
  const n = readings.length;
  const lower = cholesky(correlations, n);
  const k = readings.findIndex(
    (_, row) => (lower[row * n + row] as number) ** 2 < LEAST_OF_ITS_OWN,
  );
  if (k < 0) return;
  const before = correlations.filter((_, at) => at < k * n && at % n < k);
  const parts = solve(before, k, correlations.subarray(k * n, k * n + k));
  const others = readings.filter((_, j) => Math.abs(parts[j] ?? 0) > LEAST_PART);
  const names = [...others, readings[k]].map((one) => `'${one?.name}'`).join(', ');
  throw new ArgumentError(
    `attributes ${names}`,
    'some that can each change alone; leave one out, or ask for each by itself',
    'the last follows from the others',
  );
}

interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

function scaleOf(rows: Uint32Array, values: ArrayLike<number>): Scale {
  let sum = 0;
  for (const row of rows) sum += values[row] as number;
  const mean = sum / rows.length;
  let squares = 0;
  for (const row of rows) squares += ((values[row] as number) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / rows.length) };
}

/** Cov(z, attribute in its deviations), [size]; `training` holds the rows named by `rows`. */
function covarianceWith(
  training: Tensor<'float32'>,
  mean: Float64Array,
  rows: Uint32Array,
  values: ArrayLike<number>,
  scale: Scale,
): Float64Array {
  const size = mean.length;
  const out = new Float64Array(size);
  for (const [at, row] of rows.entries()) {
    const value = ((values[row] as number) - scale.mean) / scale.deviation / rows.length;
    for (let i = 0; i < size; i++) {
      (out[i] as number) +=
        value * ((training.data[at * size + i] as number) - (mean[i] as number));
    }
  }
  return out;
}

function judge(
  rows: Uint32Array,
  values: ArrayLike<number>,
  predict: (row: number) => number,
): Pick<Direction, 'r2' | 'accuracy'> {
  const { mean } = scaleOf(rows, values);
  let residual = 0;
  let total = 0;
  let right = 0;
  let label = true;
  for (const row of rows) {
    const value = values[row] as number;
    const predicted = predict(row);
    residual += (value - predicted) ** 2;
    total += (value - mean) ** 2;
    right += Number((value === 1) === predicted > 0.5);
    label &&= value === 0 || value === 1;
  }
  const r2 = total > 0 ? 1 - residual / total : 0;
  return label ? { r2, accuracy: right / rows.length } : { r2 };
}

function trace(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += matrix[i * size + i] as number;
  return sum;
}
