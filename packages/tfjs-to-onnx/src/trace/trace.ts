import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import type { TracedGraph } from './graph.ts';
import {
  BATCH,
  inputTensor,
  type NormalInput,
  type Sizes,
  sampleValues,
  shapeAt,
  symbolsOf,
} from './inputs.ts';
import { UnstableLeaves } from './leaves.ts';
import { merge, needsConfirmation } from './merge.ts';
import { record } from './record.ts';
import type { Recording } from './recording.ts';
import { Symbols } from './size.ts';

/** A function to trace: tensors in the order of the inputs to named tensors. */
export type Traceable = (inputs: Tensor[]) => readonly (readonly [name: string, tensor: Tensor])[];

export interface TraceSettings {
  readonly inputs: readonly NormalInput[];
  /** Fixes the dimension `'batch'`. */
  readonly batch?: number | undefined;
  /** Two sizes to trace each named dimension at; default 2 and 3 for the batch, 8 and 12 for others. */
  readonly traceSizes?: Readonly<Record<string, readonly [number, number]>> | undefined;
  readonly noise?: readonly string[] | undefined;
}

/**
 * Traces a function once at base sizes and once more for each dynamic dimension (or with other input
 * values, where there is none), so that what follows a dimension shows. Further runs are made only
 * where they decide something: one at new sizes to confirm a formula, one repeat to tell random
 * numbers from sizes.
 */
export async function trace(fn: Traceable, settings: TraceSettings): Promise<TracedGraph> {
  const { inputs } = settings;
  const names = symbolsOf(inputs);
  const pairs = new Map(names.map((name) => [name, traceSizesOf(name, settings)]));
  const fixed = new Map<string, number>();
  if (settings.batch !== undefined) {
    if (!Number.isInteger(settings.batch) || settings.batch < 1) {
      throw new ExportError(
        'invalid-argument',
        `batch is ${settings.batch}; expected a positive integer, or no batch for a dynamic one.`,
      );
    }
    fixed.set(BATCH, settings.batch);
  }
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
    return recordOn(fn, inputs, sizes, values);
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
    if ((settings.noise ?? []).length > 0) repeat = run(base, 0);
    let graph: TracedGraph;
    try {
      graph = await combine();
    } catch (error) {
      if (!(error instanceof UnstableLeaves) || error.repeated) throw error;
      repeat = run(base, 0);
      graph = await combine();
    }
    if (names.length > 0 && needsConfirmation(graph)) {
      const third = new Map([...pairs].map(([name, [a, b]]) => [name, a + b] as const));
      runs.push(third);
      recordings.push(run(third, runs.length));
      graph = await combine();
    }
    repeat?.dispose();
    return graph;
  } catch (error) {
    for (const recording of recordings) recording.dispose();
    repeat?.dispose();
    throw error;
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

/** Records a function on given values. */
export function recordOn(
  fn: Traceable,
  inputs: readonly NormalInput[],
  sizes: Sizes,
  values: readonly Float32Array[],
  keepAll = false,
): Recording {
  const tensors = inputs.map((input, i) =>
    inputTensor(input, shapeAt(input, sizes), values[i] as Float32Array),
  );
  try {
    return record(fn, tensors, keepAll);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    if (!/^Kernel '.*' not registered for backend/.test(message)) throw cause;
    throw new ExportError(
      'invalid-argument',
      `tfjs cannot run what is to be exported on this backend: ${message}. Export on another one: await tf.setBackend('cpu').`,
      { cause },
    );
  } finally {
    dispose(tensors);
  }
}
