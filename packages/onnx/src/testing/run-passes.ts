import * as ort from '@latentkit/system/ort-for-tests';
import { checkModel } from '../check/check-model.ts';
import type { DType } from '../dtype.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { inferShapes } from '../infer/infer-shapes.ts';
import type { Dim, Model, TensorData } from '../ir.ts';
import { printProblem } from '../problem.ts';
import { writeModel } from '../wire/write-model.ts';

/** For tests of passes: small models, seeded numbers, and ONNX Runtime as the judge. */

export type Random = () => number;

/** Mulberry32: 32 bits of state, enough to vary test cases, the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function integer(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

export function choice<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

export function size(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Values in (−2, 2). */
export function randomFloats(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random() * 4 - 2);
}

/** The floats on which inexact rewrites give themselves away. */
const SPECIAL = [0, -0, Number.NaN, Infinity, -Infinity, 1e-45, -1e-40, 3.4e38, -3.4e38, 1, -1];

/** A builder with shorthands for the constants that tests are full of. */
export class TestGraph extends GraphBuilder {
  readonly random: Random;
  readonly opset: number;

  constructor(random: Random, opset = 17) {
    super('test', { opset });
    this.random = random;
    this.opset = opset;
  }

  /** The model, its outputs with the shapes that are inferred for them. */
  override build(): Model {
    const model = super.build();
    const { types } = inferShapes(model);
    model.graph.outputs = model.graph.outputs.map((output) => ({
      ...output,
      type: types.get(output.name) ?? output.type,
    }));
    return model;
  }

  /** A float input. */
  x(dims: readonly Dim[], name = 'x'): string {
    return this.input(name, 'float32', dims);
  }

  /** Makes a value an output of unknown shape; float32 where nothing else is said. */
  y(value: string, dtype: DType = 'float32'): void {
    this.output(value, dtype, null);
  }

  /** A constant of random floats. */
  weight(dims: readonly number[], name = 'w'): string {
    return this.initializer(name, randomFloats(this.random, size(dims)), dims);
  }

  floats(values: readonly number[], dims: readonly number[] = [values.length], name = 'c'): string {
    return this.initializer(name, Float32Array.from(values), dims);
  }

  longs(values: readonly number[], name = 'ints'): string {
    return this.initializer(name, BigInt64Array.from(values.map(BigInt)), [values.length]);
  }

  scalar(value: number, name = 's'): string {
    return this.floats([value], [], name);
  }
}

export type Feeds = Record<string, ort.Tensor>;

/** Feeds for the inputs of a model, named dimensions being `batch` long; `special` mixes in NaN and the like. */
export function feedsFor(model: Model, random: Random, batch = 3, special = false): Feeds {
  const feeds: Feeds = {};
  for (const { name, type } of model.graph.inputs) {
    if (type.kind !== 'tensor' || !type.shape) throw new Error(`No feed for ${name}`);
    const dims = type.shape.map((dim) => (typeof dim === 'number' ? dim : batch));
    const values = randomFloats(random, size(dims));
    if (type.dtype === 'float32') {
      if (special) {
        values.forEach((_, i) => {
          if (random() < 0.3) values[i] = choice(random, SPECIAL);
        });
      }
      feeds[name] = new ort.Tensor('float32', values, dims);
    } else if (type.dtype === 'float64') {
      feeds[name] = new ort.Tensor('float64', Float64Array.from(values), dims);
    } else if (type.dtype === 'int64') {
      const longs = BigInt64Array.from(values, (value) => BigInt(Math.round(value)));
      feeds[name] = new ort.Tensor('int64', longs, dims);
    } else if (type.dtype === 'bool') {
      const bits = Uint8Array.from(values, (value) => (value > 0 ? 1 : 0));
      feeds[name] = new ort.Tensor('bool', bits, dims);
    } else if (type.dtype === 'int32') {
      feeds[name] = new ort.Tensor('int32', Int32Array.from(values, Math.round), dims);
    } else {
      throw new Error(`No feed of ${type.dtype} for ${name}`);
    }
  }
  return feeds;
}

export interface Result {
  dims: readonly number[];
  type: string;
  values: number[];
}

/** Runs a model as it is written: ONNX Runtime's own optimisations are off. */
export async function run(model: Model, feeds: Feeds): Promise<Record<string, Result>> {
  const session = await ort.InferenceSession.create(writeModel(model), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const needed = Object.fromEntries(
      session.inputNames.map((name) => [name, feeds[name]]),
    ) as Feeds;
    const outputs = await session.run(needed);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [
        name,
        {
          dims: tensor.dims,
          type: tensor.type,
          values: Array.from(tensor.data as ArrayLike<number | bigint>, Number),
        },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** The largest difference of two results relative to the largest magnitude (at least 1); Infinity where they do not match at all. */
export function difference(a: Result | undefined, b: Result | undefined): number {
  if (!a || !b || a.type !== b.type || String(a.dims) !== String(b.dims)) return Infinity;
  const scale = a.values.reduce(
    (top, value) => (Number.isFinite(value) ? Math.max(top, Math.abs(value)) : top),
    1,
  );
  let worst = 0;
  a.values.forEach((value, i) => {
    const other = b.values[i] as number;
    if (Object.is(value, other) || value === other) return;
    const distance = Math.abs(value - other) / scale;
    worst = Math.max(worst, Number.isNaN(distance) ? Infinity : distance);
  });
  return worst;
}

/** True where two results are the same bit for bit, NaN payloads aside. */
export function identical(a: Result | undefined, b: Result | undefined): boolean {
  if (!a || !b || a.type !== b.type || String(a.dims) !== String(b.dims)) return false;
  return a.values.every((value, i) => Object.is(value, b.values[i]));
}

/** The problems that the checker finds, as text. */
export function problemsOf(model: Model): string[] {
  return checkModel(writeModel(model)).map(printProblem);
}

/** Operators in the order of the nodes. */
export function operators(model: Model): string[] {
  return model.graph.nodes.map((node) => node.opType);
}

export function initializer(model: Model, name: string | undefined): TensorData {
  const tensor = model.graph.initializers.get(name ?? '');
  if (!tensor) throw new Error(`No initializer ${name}`);
  return tensor;
}
