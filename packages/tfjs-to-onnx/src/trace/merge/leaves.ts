import type { TypedArray } from '@tensorflow/tfjs-core';
import { ExportError } from '../../error.ts';
import type { TracedLeaf, TracedTensor } from '../graph.ts';
import type { Leaf, TensorRef } from '../recording.ts';
import { type Formula, isStatic, type Symbols } from '../size.ts';
import type { Canonical } from './canonical.ts';

/**
 * What the leaves of all traces have in common: constants, numbers that follow the sizes, or random
 * numbers that become inputs.
 *
 * @throws UnstableLeaves with every leaf that is none of these
 */
export async function mergeLeaves(
  traces: readonly Canonical[],
  repeat: Canonical | null,
  tensors: readonly TracedTensor[],
  symbols: Symbols,
  noise: readonly string[],
): Promise<Map<number, TracedLeaf>> {
  const first = traces[0] as Canonical;
  const leaves = new Map<number, TracedLeaf>();
  const problems: string[] = [];
  const free = [...noise];
  const random: string[] = [];
  for (const [index, ref] of first.refs.entries()) {
    const leaf = first.recording.leaves.get(ref.id);
    if (leaf === undefined) continue;
    const tensor = tensors[index] as TracedTensor;
    const leafIn = (trace: Canonical) =>
      trace.recording.leaves.get((trace.refs[index] as TensorRef).id);
    const found = traces.map(leafIn);
    const all = found.filter((other) => other !== undefined);
    if (all.length < found.length) {
      problems.push(`${describeLeaf(leaf)} is computed in one call and constant in another`);
      continue;
    }
    const sameData = all.every((other) => other.dataId === leaf.dataId);
    const data = {
      kind: 'data',
      tensor,
      data: leaf.tensor,
      dataId: leaf.dataId,
      variable: leaf.variable,
      created: leaf.created,
      scope: leaf.scope,
    } as const;
    if (sameData) {
      leaves.set(index, data);
      continue;
    }
    const isRandom = repeat !== null && !(await equalValues(leaf, leafIn(repeat)));
    if (isRandom && noise.length > 0) {
      random.push(describeLeaf(leaf));
      const name = free.shift();
      if (name !== undefined) leaves.set(index, { kind: 'noise', tensor, name });
      continue;
    }
    const equal = await Promise.all(all.slice(1).map((other) => equalValues(leaf, other)));
    if (equal.every(Boolean)) {
      leaves.set(index, data);
      continue;
    }
    const value = isRandom ? null : await uniformValue(all, symbols);
    if (value !== null) {
      leaves.set(index, { kind: 'uniform', tensor, value });
      continue;
    }
    const row = isRandom ? null : await repeatedRow(all, tensor);
    if (row !== null) {
      leaves.set(index, { kind: 'rows', tensor, row });
      continue;
    }
    problems.push(
      isRandom
        ? `${describeLeaf(leaf)} holds other values on every call: random numbers`
        : `${describeLeaf(leaf)} holds values that depend on the sizes or the values of the inputs`,
    );
  }
  if (noise.length > 0 && random.length !== noise.length) {
    throw new ExportError(
      'invalid-argument',
      `${noise.length} noise inputs were named (${noise.join(', ')}), but the function draws ${random.length} random tensors${random.length === 0 ? '' : `: ${random.join('; ')}`}.`,
    );
  }
  if (problems.length > 0) throw new UnstableLeaves(problems, repeat !== null);
  return leaves;
}

/** Leaves that no graph can hold; `repeated` tells whether the random ones among them are known. */
export class UnstableLeaves extends ExportError {
  readonly repeated: boolean;
  constructor(problems: readonly string[], repeated: boolean) {
    super(
      'unstable-constant',
      `${problems.length === 1 ? 'A constant of the function is' : `${problems.length} constants of the function are`} not the same on every call:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nPass random numbers in as an input, or name them with the option noise: ['eps', …]; compute what depends on the batch with tf ops instead of in JavaScript.`,
      { problems },
    );
    this.repeated = repeated;
  }
}

const describeLeaf = (leaf: Leaf) =>
  `a ${leaf.ref.dtype} tensor of shape [${leaf.ref.shape}]${leaf.scope === '' ? '' : ` in layer '${leaf.scope}'`}`;

async function equalValues(a: Leaf, b: Leaf | undefined): Promise<boolean> {
  if (b === undefined || String(a.ref.shape) !== String(b.ref.shape)) return false;
  if (a.dataId === b.dataId) return true;
  const [x, y] = (await Promise.all([a.tensor.data(), b.tensor.data()])) as TypedArray[];
  const left = x as TypedArray;
  const right = y as TypedArray;
  for (let i = 0; i < left.length; i++) if (!Object.is(left[i], right[i])) return false;
  return true;
}

/** The one number that fills each trace's leaf, explained by the sizes; null where there is none. */
async function uniformValue(
  all: readonly Leaf[],
  symbols: Symbols,
): Promise<number | Formula | null> {
  const values: number[] = [];
  for (const leaf of all) {
    const data = (await leaf.tensor.data()) as TypedArray;
    const value = data[0] ?? 0;
    if (typeof value !== 'number' || !data.every((other) => Object.is(other, value))) return null;
    values.push(value);
  }
  return symbols.scalar(values);
}

/** The row that every trace's leaf repeats along its first dimension, the only one that varies. */
async function repeatedRow(all: readonly Leaf[], tensor: TracedTensor): Promise<TypedArray | null> {
  const [first, ...rest] = tensor.shape;
  if (first === undefined || isStatic(first) || !rest.every(isStatic)) return null;
  const width = rest.reduce((product, size) => product * size, 1);
  let row: TypedArray | null = null;
  for (const leaf of all) {
    const data = (await leaf.tensor.data()) as TypedArray;
    row ??= data.slice(0, width);
    const own = row;
    if (!data.every((value, i) => Object.is(value, own[i % width]))) return null;
  }
  return row;
}
