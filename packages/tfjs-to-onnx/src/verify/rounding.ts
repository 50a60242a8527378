import { engine, type Tensor, type TypedArray, tensor as tensorOf } from '@tensorflow/tfjs-core';
import { type ListenedEngine, listen } from '../trace/engine.ts';
import type { Traceable } from '../trace/trace.ts';

/** Two units in the last place of float32: what the order of a sum changes at the least. */
const NUDGE = 2 ** -22;
const SAMPLES = 3;

/**
 * How far float32's own rounding moves each output: the function is run again with every number that a
 * kernel computes, and every input, moved by two units in its last place up or down at random (Monte Carlo
 * arithmetic: D. S. Parker, UCLA CSD-970002, 1997). Whole numbers stay, so that indices and decisions on
 * them are what they were.
 *
 * @returns the largest change of any element in any of the samples, by output
 */
export function roundingOf(fn: Traceable, inputs: readonly Tensor[]): Map<string, number> {
  const plain = run(fn, inputs);
  const changes = new Map<string, number>();
  for (let sample = 1; sample <= SAMPLES; sample++) {
    for (const [name, values] of run(fn, inputs, coin(sample))) {
      const change = largestChange(plain.get(name) as TypedArray, values);
      changes.set(name, Math.max(changes.get(name) ?? 0, change));
    }
  }
  return changes;
}

/** The outputs, with every number on the way nudged where there is a coin to throw. */
function run(
  fn: Traceable,
  inputs: readonly Tensor[],
  toss?: () => boolean,
): Map<string, TypedArray> {
  let depth = 0;
  const listened: ListenedEngine | null =
    toss === undefined
      ? null
      : listen({
          kernel: (_, __, ___, compute) => {
            depth++;
            try {
              const result = compute();
              // A gradient tape knows the tensors of the kernels themselves.
              if (depth > 1 || listened?.inGradient) return result;
              return Array.isArray(result)
                ? result.map((tensor) => nudged(tensor, toss))
                : nudged(result, toss);
            } finally {
              depth--;
            }
          },
          made: () => {},
          read: () => {},
        });
  engine().startScope('rounding');
  try {
    const given = inputs.map((tensor) => (toss === undefined ? tensor : nudged(tensor, toss)));
    return new Map(
      fn(given).map(([name, output]) => [name, output.dataSync().slice() as TypedArray] as const),
    );
  } finally {
    engine().endScope();
    listened?.restore();
  }
}

function nudged(tensor: Tensor, toss: () => boolean): Tensor {
  if (tensor.dtype !== 'float32') return tensor;
  const values = Float32Array.from(tensor.dataSync(), (value) =>
    Number.isInteger(value) ? value : value * (1 + (toss() ? NUDGE : -NUDGE)),
  );
  return tensorOf(values, tensor.shape, 'float32');
}

function largestChange(before: TypedArray, after: TypedArray): number {
  let largest = 0;
  for (let i = 0; i < before.length; i++) {
    const change = Math.abs((before[i] as number) - (after[i] as number));
    if (change > largest) largest = change;
  }
  return largest;
}

/** A coin whose throws are the same for the same seed. */
function coin(seed: number): () => boolean {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % 2 === 0;
  };
}
