import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import { onBackend } from './backend.ts';
import { explainFailure } from './explain.ts';
import { placeOf, type TracedGraph, type TracedKernel } from './graph.ts';
import {
  BATCH,
  inputTensor,
  type NormalInput,
  type Sizes,
  sampleValues,
  shapeAt,
  symbolsOf,
} from './inputs.ts';
import { UnstableLeaves } from './merge/leaves.ts';
import { collapsedKernel, merge, needsConfirmation } from './merge/merge.ts';
import { record } from './record.ts';
import type { Recording } from './recording.ts';
import { Symbols } from './size.ts';
import { workOf } from './work.ts';

/** A function to trace: tensors in the order of the inputs to named tensors. */
export type Traceable = (inputs: Tensor[]) => readonly (readonly [name: string, tensor: Tensor])[];

export interface TraceSettings {
  readonly inputs: readonly NormalInput[];
  /** Fixes the dimension `'batch'`. */
  readonly batch?: number | undefined;
  /** Two sizes to trace each named dimension at; default 2 and 3 for the batch, 8 and 12 for others. */
  readonly traceSizes?: Readonly<Record<string, readonly [number, number]>> | undefined;
  /** A batch to trace at once more; false for none. Default {@link LARGE_BATCH}, where that is little work. */
  readonly largeBatch?: number | false | undefined;
  readonly noise?: readonly string[] | undefined;
  /** The tfjs backend to run on, opened; default the current one. */
  readonly backend?: string | undefined;
}

/**
 * Traces a function once at base sizes and once more for each dynamic dimension (or with other input
 * values, where there is none), so that what follows a dimension shows. Dimensions other than the batch are
 * tried at an odd size, too: half of 8 and of 12 says nothing of half of 7. Further runs are made only
 * where they decide something: one at new sizes to confirm a formula, one repeat to tell random
 * numbers from sizes. Last comes a large batch, at which conditions on the size of the batch show.
 */
export async function trace(fn: Traceable, settings: TraceSettings): Promise<TracedGraph> {
  const { batch } = settings;
  if (batch === undefined) return traceAt(fn, settings, new Map());
  if (!Number.isInteger(batch) || batch < 1) {
    throw new ExportError(
      'invalid-argument',
      `batch is ${batch}; expected a positive integer, or no batch for a dynamic one.`,
    );
  }
  const inputs = settings.inputs.map((input) => ({
    ...input,
    shape: input.shape.map((size) => (size === BATCH ? batch : size)),
  }));
  const atBatch = () => traceAt(fn, { ...settings, inputs }, new Map());
  if (batch <= SMALL_BATCH) return atBatch();
  try {
    return await traceAt(fn, settings, new Map([[BATCH, batch]]));
  } catch {
    // What does not hold at the small sizes may hold at its own, such as a loop over the images.
    return atBatch();
  }
}

/** Batches up to this one are traced as they are, larger ones at small sizes where that will do. */
const SMALL_BATCH = 3;

async function traceAt(
  fn: Traceable,
  settings: TraceSettings,
  fixed: ReadonlyMap<string, number>,
): Promise<TracedGraph> {
  const { inputs } = settings;
  const names = symbolsOf(inputs);
  const pairs = new Map(names.map((name) => [name, traceSizesOf(name, settings)]));
  const base = new Map([...pairs].map(([name, [size]]) => [name, size] as const));
  const runs: Sizes[] = [base];
  for (const [name, [, other]] of pairs) runs.push(new Map(base).set(name, other));
  if (runs.length === 1) runs.push(base);

  const recordings: Recording[] = [];
  let repeat: Recording | null = null;
  const run = (sizes: Sizes, seed: number) => {
    const values = inputs.map((input, i) => {
      const count = shapeAt(input, sizes).reduce((product, size) => product * size, 1);
      return sampleValues(input, count, seed * 64 + i + 1);
    });
    return recordOn({ fn, inputs, backend: settings.backend }, sizes, values);
  };
  const combine = () => {
    const sizes = new Map(names.map((name) => [name, runs.map((r) => r.get(name) as number)]));
    return merge(
      recordings,
      inputs.map(({ name }) => name),
      new Symbols(sizes, runs.length, fixed),
      { repeat, noise: settings.noise ?? [] },
    );
  };
  try {
    for (const [seed, sizes] of runs.entries()) recordings.push(run(sizes, seed));
    for (const [name, pair] of pairs) {
      if (name === BATCH) continue;
      const sizes = new Map(base).set(name, oddBeside(pair));
      const recording = attempt(() => run(sizes, runs.length));
      // Where tfjs itself has no result the graph needs none: a U-Net takes no odd sizes.
      if (recording === null) continue;
      runs.push(sizes);
      recordings.push(recording);
    }
    if ((settings.noise ?? []).length > 0) repeat = run(base, 0);
    const combineRepeating = async () => {
      try {
        return await combine();
      } catch (error) {
        if (!(error instanceof UnstableLeaves) || error.repeated) throw error;
        repeat = run(base, 0);
        return combine();
      }
    };
    let graph = await combineRepeating();
    if (names.length > 0 && needsConfirmation(graph)) {
      const third = new Map([...pairs].map(([name, [a, b]]) => [name, a + b] as const));
      runs.push(third);
      recordings.push(run(third, runs.length));
      graph = await combine();
    }
    let collapsed = collapsedKernel(graph);
    for (let factor = 4; collapsed !== null; factor *= 4) {
      const larger = new Map(
        [...pairs].map(([name, [a, b]]) => [name, name === BATCH ? a : factor * (a + b)] as const),
      );
      const recording = factor > LARGEST_FACTOR ? null : attempt(() => run(larger, runs.length));
      if (recording === null) throw tooSmall(collapsed, runs);
      runs.push(larger);
      recordings.push(recording);
      graph = await combine();
      collapsed = collapsedKernel(graph);
    }
    const large = fixed.has(BATCH) ? null : largeBatchOf(settings, base, graph);
    if (large !== null && runs.every((sizes) => sizes.get(BATCH) !== large)) {
      const sizes = new Map(base).set(BATCH, large);
      const recording = attempt(() => run(sizes, runs.length));
      // Where tfjs itself has no result, as of a function that takes a few items at most, the graph needs none.
      if (recording !== null) {
        runs.push(sizes);
        recordings.push(recording);
        graph = await combineRepeating();
      }
    }
    repeat?.dispose();
    return graph;
  } catch (error) {
    for (const recording of recordings) recording.dispose();
    repeat?.dispose();
    throw error;
  }
}

/** Beyond the sizes that functions usually make conditions on, and no multiple of anything. */
const LARGE_BATCH = 67;

/** Multiplications that the large batch may take where nobody asked for it. */
const LITTLE_WORK = 100e6;

/** The batch to trace at once more, or null. */
function largeBatchOf(settings: TraceSettings, base: Sizes, graph: TracedGraph): number | null {
  const small = base.get(BATCH);
  if (small === undefined || settings.largeBatch === false) return null;
  if (settings.largeBatch !== undefined) return settings.largeBatch;
  return (workOf(graph) / small) * LARGE_BATCH > LITTLE_WORK ? null : LARGE_BATCH;
}

/** How much larger than the two sizes together an example may be. */
const LARGEST_FACTOR = 64;

function tooSmall(kernel: TracedKernel, runs: readonly Sizes[]): ExportError {
  const tried = [...(runs[0] as Sizes).keys()]
    .filter((name) => name !== BATCH)
    .map((name) => `${name} ${[...new Set(runs.map((sizes) => sizes.get(name)))].join(', ')}`);
  return new ExportError(
    'unsupported',
    `What ${placeOf(kernel)} returns has the same size wherever it was tried (${tried.join('; ')}), so that nothing tells how it grows. Pass larger traceSizes, such as traceSizes: { height: [64, 96] }, or fix the size.`,
    { problems: [`${placeOf(kernel)}: one size in all traces`] },
  );
}

/** An odd size that is neither of the two, near them. */
export function oddBeside([a, b]: readonly [number, number]): number {
  const low = Math.min(a, b);
  const odd = low % 2 === 0 ? low + 1 : low + 2;
  return odd === Math.max(a, b) ? odd + 2 : odd;
}

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}

export function traceSizesOf(
  name: string,
  settings: Pick<TraceSettings, 'traceSizes'>,
): readonly [number, number] {
  const given = settings.traceSizes?.[name];
  if (given === undefined) return name === BATCH ? [2, 3] : [8, 12];
  const [a, b] = given;
  if (!Number.isInteger(a) || !Number.isInteger(b) || a < 1 || b < 1 || a === b) {
    throw new ExportError(
      'invalid-argument',
      `traceSizes of '${name}' are [${given.join(', ')}]; expected two different positive integers.`,
    );
  }
  return given;
}

/** A function, what it takes, and the opened tfjs backend that it runs on (undefined: the current one). */
export interface Runnable {
  readonly fn: Traceable;
  readonly inputs: readonly NormalInput[];
  readonly backend: string | undefined;
}

/** Calls `run` with tensors of the given values, on the backend. */
export function withInputs<T>(
  { inputs, backend }: Runnable,
  sizes: Sizes,
  values: readonly Float32Array[],
  run: (tensors: readonly Tensor[]) => T,
): T {
  return onBackend(backend, () => {
    const tensors = inputs.map((input, i) =>
      inputTensor(input, shapeAt(input, sizes), values[i] as Float32Array),
    );
    try {
      return run(tensors);
    } finally {
      dispose([...tensors]);
    }
  });
}

/** Records a function on given values. */
export function recordOn(
  runnable: Runnable,
  sizes: Sizes,
  values: readonly Float32Array[],
  keepAll = false,
): Recording {
  return withInputs(runnable, sizes, values, (tensors) => {
    try {
      return record(runnable.fn, tensors, keepAll);
    } catch (cause) {
      throw explainFailure(cause, runnable.inputs, sizes);
    }
  });
}
