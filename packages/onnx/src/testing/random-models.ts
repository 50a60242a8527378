import { attr } from '../attributes.ts';
import type { Model } from '../ir.ts';
import { choice, integer, type Random, size, TestGraph } from './run-passes.ts';

/** A value of a random graph: float32, its shape static but for a batch axis in front. */
interface Value {
  name: string;
  /** Sizes behind the batch axis. */
  item: number[];
}

type Step = (g: TestGraph, values: Value[], random: Random) => Value | undefined;

const ARITHMETIC = ['Add', 'Sub', 'Mul', 'Div'];

const pick = (values: Value[], random: Random, rank?: number) => {
  const fitting = values.filter((value) => rank === undefined || value.item.length === rank);
  return fitting.length === 0 ? undefined : choice(random, fitting);
};

const unary: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  const op = choice(random, [
    'Relu',
    'Neg',
    'Identity',
    'Tanh',
    'Sigmoid',
    'Abs',
    'Dropout',
    'Neg',
  ]);
  return { name: g.node(op, [x.name]), item: x.item };
};

const withConstant: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  const op = choice(random, ARITHMETIC);
  const dims = choice(random, [[], [1], x.item.slice(-1), x.item, [1, ...x.item]]);
  const fill = choice(random, [undefined, undefined, 0, 1, -1, -0, 2]);
  const c = fill === undefined ? g.weight(dims) : g.floats(new Array(size(dims)).fill(fill), dims);
  const inputs = random() < 0.5 ? [x.name, c] : [c, x.name];
  return { name: g.node(op, inputs), item: x.item };
};

const combine: Step = (g, values, random) => {
  const a = pick(values, random) as Value;
  const alike = values.filter((value) => String(value.item) === String(a.item));
  const b = choice(random, alike);
  return {
    name: g.node(choice(random, ARITHMETIC), [a.name, b.name]),
    item: a.item,
  };
};

const concatenate: Step = (g, values, random) => {
  const a = pick(values, random) as Value;
  const b = choice(
    random,
    values.filter((value) => String(value.item) === String(a.item)),
  );
  const axis = integer(random, 0, a.item.length - 1);
  const item = a.item.map((dim, i) => (i === axis ? 2 * dim : dim));
  if (size(item) > 400) return undefined;
  const name = g.node('Concat', [a.name, b.name], { axis: attr.int(axis + 1) });
  return { name, item };
};

const slice: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  const axis = integer(random, 0, x.item.length - 1);
  const length = x.item[axis] as number;
  const start = integer(random, 0, length - 1);
  const end = integer(random, start + 1, length);
  const inputs = [x.name, g.longs([start]), g.longs([end]), g.longs([axis + 1])];
  return {
    name: g.node('Slice', inputs),
    item: x.item.map((d, i) => (i === axis ? end - start : d)),
  };
};

const transpose: Step = (g, values, random) => {
  const x = choice(random, values.filter((value) => value.item.length > 1).concat(values));
  const rank = x.item.length;
  const order = Array.from({ length: rank }, (_, i) => i);
  const shift = integer(random, 0, rank - 1);
  const perm = [...order.slice(shift), ...order.slice(0, shift)];
  const name = g.node('Transpose', [x.name], {
    perm: attr.ints([0, ...perm.map((axis) => axis + 1)]),
  });
  return { name, item: perm.map((axis) => x.item[axis] as number) };
};

const reshape: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  const count = size(x.item);
  const divisors = [1, 2, 3, 4, 5, 6].filter((d) => count % d === 0);
  const first = choice(random, divisors);
  const item = choice(random, [[count], [first, count / first], [1, first, count / first], x.item]);
  return { name: g.node('Reshape', [x.name, g.longs([-1, ...item])]), item };
};

const squeezes: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  const axis = x.item.indexOf(1);
  if (axis >= 0 && x.item.length > 1 && random() < 0.5) {
    const name = g.node('Squeeze', [x.name, g.longs([axis + 1])]);
    return { name, item: x.item.toSpliced(axis, 1) };
  }
  if (x.item.length >= 3) return undefined;
  const at = integer(random, 0, x.item.length);
  return {
    name: g.node('Unsqueeze', [x.name, g.longs([at + 1])]),
    item: x.item.toSpliced(at, 0, 1),
  };
};

const reduce: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  const keep = random() < 0.5 || x.item.length === 1;
  const axis = integer(random, 0, x.item.length - 1);
  const op = choice(random, ['ReduceSum', 'ReduceMax', 'ReduceMean']);
  const flag = { keepdims: attr.int(keep ? 1 : 0) };
  const name =
    op === 'ReduceSum' || g.opset >= 18
      ? g.node(op, [x.name, g.longs([axis + 1])], flag)
      : g.node(op, [x.name], { axes: attr.ints([axis + 1]), ...flag });
  return { name, item: keep ? x.item.with(axis, 1) : x.item.toSpliced(axis, 1) };
};

const dense: Step = (g, values, random) => {
  const x = pick(values, random, random() < 0.8 ? 1 : undefined);
  if (!x) return undefined;
  const [width, out] = [x.item.at(-1) as number, integer(random, 1, 6)];
  const swap = x.item.length === 1 && random() < 0.3;
  const w = swap ? g.node('Transpose', [g.weight([out, width])]) : g.weight([width, out]);
  const product = g.node('MatMul', [x.name, w]);
  const name = random() < 0.7 ? g.node('Add', [product, g.weight([out])]) : product;
  return { name, item: [...x.item.slice(0, -1), out] };
};

const convolve: Step = (g, values, random) => {
  const x = pick(values, random, 3);
  if (!x) return undefined;
  const [height, width, channels] = x.item as [number, number, number];
  const out = integer(random, 1, 4);
  const toNchw = g.node('Transpose', [x.name], { perm: attr.ints([0, 3, 1, 2]) });
  const padded =
    random() < 0.5 ? toNchw : g.node('Pad', [toNchw, g.longs([0, 0, 1, 0, 0, 0, 0, 1])]);
  const extra = padded === toNchw ? 0 : 1;
  const y = g.node('Conv', [padded, g.weight([out, channels, 1, 1])]);
  const name = g.node('Transpose', [y], { perm: attr.ints([0, 2, 3, 1]) });
  const item = [height + extra, width + extra, out];
  return { name: g.node('Add', [name, g.weight([out])]), item };
};

const normalize: Step = (g, values, random) => {
  const x = pick(values, random) as Value;
  return {
    name: g.node('Softmax', [x.name], { axis: attr.int(integer(random, 1, x.item.length)) }),
    item: x.item,
  };
};

/** Steps whose bits do not depend on how a runtime lays out its constants or threads. */
const PLAIN_STEPS: readonly Step[] = [
  unary,
  withConstant,
  combine,
  concatenate,
  slice,
  transpose,
  reshape,
  squeezes,
];

const STEPS: readonly Step[] = [
  unary,
  unary,
  withConstant,
  withConstant,
  combine,
  concatenate,
  slice,
  transpose,
  transpose,
  reshape,
  squeezes,
  reduce,
  dense,
  dense,
  convolve,
  normalize,
];

/**
 * A model of random steps over a named batch, with one to three outputs. `plain` leaves out products,
 * reductions and Softmax.
 */
export function randomModel(random: Random, steps: number, plain = false, opset = 17): Model {
  const g = new TestGraph(random, opset);
  const values: Value[] = [
    { name: g.x(['batch', 6]), item: [6] },
    { name: g.x(['batch', 3, 4, 2], 'image'), item: [3, 4, 2] },
  ];
  for (let i = 0; i < steps; i++) {
    const value = choice(random, plain ? PLAIN_STEPS : STEPS)(g, values.slice(-4), random);
    if (value) values.push(value);
  }
  const made = values.slice(2);
  const outputs = new Set([values.at(-1) as Value]);
  for (let i = 0; i < 2 && made.length > 0; i++) outputs.add(choice(random, made));
  for (const { name } of outputs) g.y(name);
  return g.build();
}
