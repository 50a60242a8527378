import { describe, expect, test } from '@jest/globals';
import { attr } from '../../attributes.ts';
import { DTYPE_CODES, type DType } from '../../dtype.ts';
import type { Attribute } from '../../ir.ts';
import { tensorFromArray, tensorToArray } from '../../tensor.ts';
import { run, seeded, TestGraph } from '../../testing/run-passes.ts';
import { evaluateNode, OPERATORS } from './evaluate-node.ts';

/*
 * Every operator that is folded, on every combination of the values at which arithmetic is another one, against ONNX
 * Runtime. What is left to the runtime (evaluateNode gives undefined) is not compared.
 */

const FLOATS = [
  ...[0, 0.3, 0.49999997, 0.5, 0.9, 1, 1.5, 2, 2.5, 3, 17, 88, 100, 4194304.5, 8388609, 3e38],
  ...[1e-45, 1e-40, 1.17e-38, Number.POSITIVE_INFINITY],
].flatMap((value) => [value, -value]);
const VALUES: Partial<Record<DType, readonly number[]>> = {
  float32: [...FLOATS, Number.NaN],
  float64: [...FLOATS, Number.NaN, 1e308, 5e-324],
  int32: [0, 1, -1, 2, -2, 7, -7, 2 ** 31 - 1, -(2 ** 31)],
  int64: [0, 1, -1, 2, -2, 7, -7, 2 ** 53 - 1, -(2 ** 53) + 1],
  bool: [0, 1],
};

/** By their number of operands; those that only move values are not in the list. */
const ELEMENTWISE: Record<string, 1 | 2> = Object.fromEntries([
  ...'Abs Ceil Cos Exp Floor IsNaN LeakyRelu Log Neg Not Reciprocal Relu Round Sigmoid Sign Sin Softplus Sqrt Tanh'
    .split(' ')
    .map((op) => [op, 1]),
  ...'Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Min Mod Mul Or Pow Sub Sum Xor'
    .split(' ')
    .map((op) => [op, 2]),
]);
const REDUCTIONS = OPERATORS.filter((op) => op.startsWith('Reduce'));

/** ONNX Runtime gives 0 for −0, or the other way round, as the shapes have it. */
const ANY_ZERO = /^(Relu|Max|Min|Clip|ReduceMax|ReduceMin|ReduceSum|ReduceMean|MatMul|Where)$/;
/** Where runtimes differ in the last places; ONNX Runtime's Sigmoid is off by 1e-7. */
const CLOSE = /^(Cos|Exp|Log|Pow|Reciprocal|Sigmoid|Sin|Softplus|Tanh|ReduceProd|ReduceSumSquare)$/;
/** Sums, which are rounded relative to what is summed. */
const SUMS = /^(ReduceSum|ReduceMean)$/;
/** What ONNX defines for floats alone. */
const FLOAT_ONLY = /^(IsNaN|LeakyRelu|Sum)$/;

function same(op: string, ours: number, theirs: number, row: number[]): boolean {
  if (Object.is(ours, theirs)) return true;
  if (SUMS.test(op) && row.length > 2 && Number.isFinite(theirs)) {
    return Math.abs(ours - theirs) <= 2e-7 * Math.max(...row.map(Math.abs));
  }
  if (ANY_ZERO.test(op) && ours === 0 && theirs === 0) return true;
  if (!CLOSE.test(op) || !Number.isFinite(ours) || !Number.isFinite(theirs)) return false;
  const sign = (value: number) => (value < 0 || Object.is(value, -0) ? -1 : 1);
  const distance = Math.abs(ours - theirs);
  return sign(ours) === sign(theirs) && distance <= 1e-7 + 1e-6 * Math.abs(theirs);
}

interface Case {
  op: string;
  dtype: DType;
  /** One list of operands a row. */
  rows: number[][];
  attributes?: Record<string, Attribute>;
  /** Operands are the elements of one tensor, reduced along its last axis. */
  reduces?: boolean;
}

/** The inputs of a case's node for some of its rows. */
function inputsOf({ op, dtype, reduces }: Case, rows: number[][]) {
  const tensor = (values: number[], dims: number[], of = dtype) =>
    tensorFromArray('c', of, values as never, dims);
  const width = rows[0]?.length ?? 0;
  if (op === 'Where') {
    const condition = tensor(
      rows.map(() => 1),
      [rows.length],
      'bool',
    );
    return [condition, ...columns(rows).map((values) => tensor(values, [rows.length]))];
  }
  if (op === 'Clip') {
    const [x = [], low = [], high = []] = columns(rows);
    return [
      tensor(x, [rows.length]),
      tensor([low[0] as number], []),
      tensor([high[0] as number], []),
    ];
  }
  if (!reduces) return columns(rows).map((values) => tensor(values, [rows.length]));
  const x = tensor(rows.flat(), [rows.length, width]);
  if (op === 'MatMul') return [x, tensor(new Array(width).fill(1), [width, 1])];
  return op === 'ReduceSum' ? [x, tensor([1], [1], 'int64')] : [x];
}

function columns(rows: number[][]): number[][] {
  return (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] as number));
}

/** The rows that are folded on which ONNX Runtime gives something else, and the number of those compared. */
async function differences(each: Case): Promise<{ compared: number; found: string[] }> {
  const { op, dtype, attributes = {} } = each;
  const node = (g: TestGraph, rows: number[][]) =>
    g.node(
      op,
      inputsOf(each, rows).map((input) => g.tensor(input)),
      attributes,
    );
  const known: { row: number[]; ours: number; type: DType }[] = [];
  for (const row of each.rows) {
    const g = new TestGraph(seeded(1));
    node(g, [row]);
    const [made] = g.graph.nodes;
    if (!made) continue;
    const inputs = made.inputs.map((name) => g.graph.initializers.get(name));
    const [result] = evaluateNode(made, inputs, 17) ?? [];
    if (!result) continue;
    const [ours] = Array.from(tensorToArray({ ...result, name: '' }) as ArrayLike<number>, Number);
    known.push({ row, ours: ours as number, type: result.dtype });
  }
  const [first] = known;
  if (!first) return { compared: 0, found: [] };
  const g = new TestGraph(seeded(1));
  const y = node(
    g,
    known.map(({ row }) => row),
  );
  g.y(y, first.type);
  const theirs = (await run(g.build(), {}))[y]?.values ?? [];
  const text = (value: number | undefined) => (Object.is(value, -0) ? '-0' : String(value));
  const found = known.flatMap(({ row, ours }, i) => {
    const other = theirs[i] as number;
    if (same(op, ours, other, row)) return [];
    return [`${op}(${row.map(text).join(', ')}) of ${dtype}: ${text(ours)}, not ${text(other)}`];
  });
  return { compared: known.length, found };
}

const pairs = (values: readonly number[]) => values.flatMap((a) => values.map((b) => [a, b]));
/** ONNX Runtime has no kernel for it. */
const MISSING = 'Softplus float64';

describe('special values', () => {
  test.each(Object.entries(ELEMENTWISE))('%s', async (op, arity) => {
    let compared = 0;
    for (const [dtype, values] of Object.entries(VALUES) as [DType, number[]][]) {
      if (`${op} ${dtype}` === MISSING) continue;
      const logical = ['And', 'Or', 'Xor', 'Not'].includes(op);
      if (logical !== (dtype === 'bool')) continue;
      if (FLOAT_ONLY.test(op) && !dtype.startsWith('float')) continue;
      const all = arity === 1 ? values.map((value) => [value]) : pairs(values);
      // Some processors trap on −2³¹ mod −1, which ends ONNX Runtime and the process.
      const rows = all.filter(([a, b]) => !(op === 'Mod' && a === -(2 ** 31) && b === -1));
      const result = await differences({ op, dtype, rows });
      expect(result.found).toEqual([]);
      compared += result.compared;
    }
    expect(compared).toBeGreaterThan(0);
  });

  test.each(REDUCTIONS)('%s', async (op) => {
    for (const dtype of ['float32', 'float64', 'int64'] as const) {
      const values = VALUES[dtype] as number[];
      const attributes = op === 'ReduceSum' ? {} : { axes: attr.ints([1]) };
      for (const rows of [values.map((value) => [value]), pairs(values)]) {
        const { found } = await differences({ op, dtype, rows, attributes, reduces: true });
        expect(found).toEqual([]);
      }
      const triples = pairs(values).flatMap(([a = 0, b = 0]) => [
        [a, b, -a],
        [a, a, b],
      ]);
      const { found } = await differences({ op, dtype, rows: triples, attributes, reduces: true });
      expect(found).toEqual([]);
    }
  });

  test('MatMul, Where and Clip', async () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const values = VALUES[dtype] as number[];
      const products = await differences({
        op: 'MatMul',
        dtype,
        rows: pairs(values),
        reduces: true,
      });
      const chosen = await differences({ op: 'Where', dtype, rows: pairs(values) });
      expect([...products.found, ...chosen.found]).toEqual([]);
      for (const [low, high] of pairs([-1, 0, 1, Number.NaN, Number.POSITIVE_INFINITY]) as [
        number,
        number,
      ][]) {
        const clipped = await differences({
          op: 'Clip',
          dtype,
          rows: values.map((value) => [value, low, high]),
        });
        expect(clipped.found).toEqual([]);
      }
    }
  });

  test.each(['bool', 'int8', 'uint8', 'int32', 'int64', 'float32', 'float64'] as const)(
    'Cast to %s',
    async (to) => {
      for (const [dtype, values] of Object.entries(VALUES) as [DType, number[]][]) {
        const attributes = { to: attr.int(DTYPE_CODES[to]) };
        const rows = values.map((value) => [value]);
        const { compared, found } = await differences({ op: 'Cast', dtype, rows, attributes });
        expect(found).toEqual([]);
        expect(compared).toBeGreaterThan(0);
      }
    },
  );
});
