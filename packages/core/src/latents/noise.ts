import {
  checkInteger,
  checkNames,
  checkOptions,
  checkSeed,
  checkTemperature,
} from '../errors/check.ts';
import { createRandom } from '../random.ts';
import { MAX_ELEMENTS, type Tensor, tensor } from '../tensor.ts';

export interface SampleOptions {
  /** Seed of the noise; the same seed gives the same latents on every runtime. */
  readonly seed: number;
  /** Factor on the standard deviation, ≥ 0; 1 by default. */
  readonly temperature?: number | undefined;
}

/** How the noise of several items hangs together. */
export interface OneDraw {
  /**
   * The same draw of noise for every item, so that what comes of one does not hang on its place in a batch; each has its
   * own by default.
   */
  readonly oneDraw?: boolean | undefined;
}

interface NoiseOptions extends OneDraw {
  readonly seed?: number | undefined;
  readonly temperature?: number | undefined;
}

/**
 * The noise that an encoder with a draw inside is fed, [count, size]: N(0, temperature² I) under a
 * seed, else 0.
 *
 * @throws ArgumentError
 */
export function posteriorNoise(
  count: number,
  size: number,
  options: NoiseOptions,
): Tensor<'float32'> {
  checkShape(count, size);
  return posteriorNoiseRows(size, options)(count);
}

/**
 * {@link posteriorNoise}, of which each call makes the next rows: [count, size].
 *
 * @throws ArgumentError
 */
export function posteriorNoiseRows(
  size: number,
  options: NoiseOptions,
): (count: number) => Tensor<'float32'> {
  checkOptions(options);
  const { seed, temperature = 1, oneDraw } = options;
  checkTemperature(temperature);
  const random = seed === undefined ? undefined : createRandom(seed, 'posterior');
  const one = oneDraw && random?.fillNormal(new Float32Array(size), temperature);
  return (count) => {
    const noise = new Float32Array(count * size);
    if (one) for (let i = 0; i < count; i++) noise.set(one, i * size);
    else random?.fillNormal(noise, temperature);
    return tensor(noise, [count, size]);
  };
}

/**
 * Draws `count` latents from the prior N(0, temperature² I), as [count, size].
 *
 * @throws ArgumentError
 */
export function samplePrior(
  count: number,
  size: number,
  options: SampleOptions,
): Tensor<'float32'> {
  checkShape(count, size);
  checkSampleOptions(options);
  const { seed, temperature = 1 } = options;
  const z = createRandom(seed, 'prior').fillNormal(new Float32Array(count * size), temperature);
  return tensor(z, [count, size]);
}

/**
 * @param known the names of options, where others are refused
 * @throws ArgumentError for options or a seed that are missing, or a temperature that is none
 */
export function checkSampleOptions(
  options: SampleOptions,
  known?: Readonly<Record<string, true>>,
): void {
  const example = '{ seed: 1 }';
  if (known) checkNames(options, known, example);
  else checkOptions(options, example);
  checkSeed(options.seed);
  checkTemperature(options.temperature ?? 1);
}

export function checkShape(count: number, size: number): void {
  checkInteger('size', size, 1, MAX_ELEMENTS);
  checkInteger('count', count, 1, Math.floor(MAX_ELEMENTS / size));
}
