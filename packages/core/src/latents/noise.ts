import { checkNames, checkOptions, checkSeed, checkTemperature } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { createRandom, type Random } from '../random.ts';
import { checkLength, type Tensor, tensor } from '../tensor.ts';

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

/** How latents are drawn without an item. */
export interface DrawnOptions extends SampleOptions {
  /** See {@link truncatedNormal}; no limit by default. */
  readonly truncation?: number | undefined;
}

/**
 * Draws `count` latents from the prior N(0, temperature² I), as [count, size].
 *
 * @throws ArgumentError
 */
export function samplePrior(count: number, size: number, options: DrawnOptions): Tensor<'float32'> {
  checkShape(count, size);
  checkSampleOptions(options);
  const random = createRandom(options.seed, 'prior');
  return tensor(deviates(random, count * size, options, 'prior'), [count, size]);
}

/** Normal deviates times the temperature, from `random`, or truncated ones from a stream of their own. */
export function deviates(
  random: Random,
  count: number,
  { seed, temperature = 1, truncation }: DrawnOptions,
  stream: string,
): Float32Array {
  return truncation === undefined
    ? random.fillNormal(new Float32Array(count), temperature)
    : truncatedNormal(count, { seed, truncation }, `${stream}/truncated`).map(
        (value) => value * temperature,
      );
}

/**
 * Standard normal deviates of which those beyond ±truncation are drawn anew: samples that are more alike and
 * nearer to what the model knows (Brock et al. 2019, "Large scale GAN training", §3.1).
 *
 * @throws ArgumentError for a truncation that is not above 0
 */
export function truncatedNormal(
  count: number,
  { seed, truncation }: { readonly seed: number; readonly truncation: number },
  stream: string,
): Float32Array {
  if (!(truncation > 0)) throw new ArgumentError('truncation', 'a number above 0', truncation);
  // Nearly all draws of a smaller interval are thrown away; within it they are next to uniform.
  const uniform = truncation < 0.1;
  const random = createRandom(seed, stream);
  const draw = () => {
    if (uniform) return truncation * (2 * random.uniform() - 1);
    for (;;) {
      const value = random.normal();
      if (Math.abs(value) <= truncation) return value;
    }
  };
  return Float32Array.from({ length: count }, draw);
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
  checkLength('size', size, 1, 1);
  checkLength('count', count, 1, size);
}
