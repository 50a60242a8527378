import type { Graph, Model, TensorData, ValueInfo } from '../ir.ts';
import { printNode, printShape, printType } from '../print/print-model.ts';
import { checkWalkable } from '../walk.ts';
import { floatValues } from './float-values.ts';

/** One difference between two models. */
export interface ModelChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly what: 'opset' | 'input' | 'output' | 'node' | 'weight';
  readonly name: string;
  /** What it was and what it is, as a line each. */
  readonly before?: string;
  readonly after?: string;
  /** ‖after − before‖ / ‖before‖ of a weight of floats whose shape stayed. */
  readonly relativeChange?: number;
}

export interface ModelDiff {
  readonly changes: readonly ModelChange[];
  /** How many nodes there are of each operator, where that differs. */
  readonly operators: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
}

/**
 * What differs between two models: operator sets, inputs and outputs, nodes by name (or by their first output,
 * where they have none), weights by the norm of their change. The order of nodes and of weights means nothing.
 */
export function diffModels(before: Model, after: Model): ModelDiff {
  checkWalkable(before);
  checkWalkable(after);
  const opsets = (model: Model) =>
    new Map([...model.opsets].map(([domain, version]) => [domain || 'ai.onnx', String(version)]));
  return {
    changes: [
      ...compare('opset', opsets(before), opsets(after)),
      ...compare('input', valuesOf(before.graph.inputs), valuesOf(after.graph.inputs)),
      ...compare('output', valuesOf(before.graph.outputs), valuesOf(after.graph.outputs)),
      ...compare('node', nodesOf(before.graph), nodesOf(after.graph)),
      ...compareWeights(before.graph.initializers, after.graph.initializers),
    ],
    operators: compareCounts(countOperators(before.graph), countOperators(after.graph)),
  };
}

function valuesOf(infos: readonly ValueInfo[]): Map<string, string> {
  return new Map(infos.map(({ name, type }) => [name, printType(type)]));
}

function nodesOf({ nodes }: Graph): Map<string, string> {
  const texts = new Map<string, string>();
  for (const node of nodes) {
    const name = node.name || node.outputs[0] || node.opType;
    let key = name;
    for (let number = 2; texts.has(key); number++) key = `${name} #${number}`;
    texts.set(key, printNode(node));
  }
  return texts;
}

function compare(
  what: ModelChange['what'],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ModelChange[] {
  const changes: ModelChange[] = [];
  for (const [name, text] of before) {
    const now = after.get(name);
    if (now === undefined) changes.push({ kind: 'removed', what, name, before: text });
    else if (now !== text) changes.push({ kind: 'changed', what, name, before: text, after: now });
  }
  for (const [name, text] of after) {
    if (!before.has(name)) changes.push({ kind: 'added', what, name, after: text });
  }
  return changes;
}

function compareWeights(
  before: ReadonlyMap<string, TensorData>,
  after: ReadonlyMap<string, TensorData>,
): ModelChange[] {
  const head = ({ dtype, dims }: TensorData) => `${dtype}${printShape(dims)}`;
  const heads = (weights: ReadonlyMap<string, TensorData>) =>
    new Map([...weights].map(([name, tensor]) => [name, head(tensor)]));
  const changes = compare('weight', heads(before), heads(after));
  for (const [name, tensor] of before) {
    const now = after.get(name);
    if (!now || head(now) !== head(tensor) || sameValues(tensor, now)) continue;
    const relativeChange = relativeNorm(tensor, now);
    changes.push({
      kind: 'changed',
      what: 'weight',
      name,
      before: head(tensor),
      after: head(now),
      ...(relativeChange === undefined ? {} : { relativeChange }),
    });
  }
  return changes;
}

function sameValues(a: TensorData, b: TensorData): boolean {
  if (a.external || b.external) return JSON.stringify(a.external) === JSON.stringify(b.external);
  if (a.strings || b.strings) return JSON.stringify(a.strings) === JSON.stringify(b.strings);
  return a.raw.length === b.raw.length && a.raw.every((byte, i) => byte === b.raw[i]);
}

function relativeNorm(before: TensorData, after: TensorData): number | undefined {
  const a = floatValues(before);
  const b = floatValues(after);
  if (!a || !b) return undefined;
  let change = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i++) {
    change += ((b[i] as number) - (a[i] as number)) ** 2;
    norm += (a[i] as number) ** 2;
  }
  return Math.sqrt(change / norm);
}

function countOperators({ nodes }: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { domain, opType } of nodes) {
    const name = domain ? `${domain}.${opType}` : opType;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function compareCounts(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ModelDiff['operators'] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const counts = names.map((name) => [
    name,
    { before: before.get(name) ?? 0, after: after.get(name) ?? 0 },
  ]);
  return Object.fromEntries(
    (counts as [string, { before: number; after: number }][]).filter(
      ([, { before: b, after: a }]) => a !== b,
    ),
  );
}
