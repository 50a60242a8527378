import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import type { TestGraph } from '../testing/run-passes.ts';
import { cancelConcatSlice } from './cancel-concat-slice.ts';

function slice(g: TestGraph, x: string, start: number, end: number, axis: number): string {
  return g.node('Slice', [x, g.longs([start]), g.longs([end]), g.longs([axis])]);
}

function concat(g: TestGraph, parts: string[], axis = 1): string {
  return g.node('Concat', parts, { axis: attr.int(axis) });
}

describePass(cancelConcatSlice, {
  fires: {
    'all slices put together': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 6])]);
        const parts = [slice(g, x, 0, 2, 1), slice(g, x, 2, -1, -1), slice(g, x, 5, 99, 1)];
        g.y(g.node('Neg', [concat(g, parts, -1)]));
      },
      becomes: ['Abs', 'Neg'],
    },
    'all parts of a Split put together': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 6])]);
        const parts = g.node('Split', [x], { axis: attr.int(1) }, { outputs: 3 });
        g.y(g.node('Neg', [concat(g, parts as string[])]));
      },
      becomes: ['Abs', 'Neg'],
    },
    'a slice out of one part': {
      build(g) {
        const parts = [g.x(['batch', 2]), g.x(['batch', 3], 'u'), g.x(['batch', 4], 'v')];
        g.y(slice(g, concat(g, parts), 3, 5, 1));
      },
      becomes: ['Slice'],
    },
    'a Concat in a Concat': {
      build(g) {
        const [x, u, v] = [g.x(['batch', 2]), g.x(['batch', 3], 'u'), g.x(['batch', 4], 'v')];
        g.y(concat(g, [u, concat(g, [x, u], -1), v]));
      },
      becomes: ['Concat'],
    },
  },
  spares: {
    'slices out of order, with a gap, not to the end': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 6])]);
        g.y(concat(g, [slice(g, x, 3, 6, 1), slice(g, x, 0, 3, 1)]));
        g.y(concat(g, [slice(g, x, 0, 2, 1), slice(g, x, 3, 6, 1)]));
        g.y(concat(g, [slice(g, x, 0, 2, 1), slice(g, x, 2, 5, 1)]));
      },
    },
    'slices of different tensors and along another axis': {
      build(g) {
        const [x, u] = [g.x([6, 6]), g.x([6, 6], 'u')];
        g.y(concat(g, [slice(g, x, 0, 3, 1), slice(g, u, 3, 6, 1)]));
        g.y(concat(g, [slice(g, x, 0, 3, 0), slice(g, x, 3, 6, 0)]));
      },
    },
    'parts of a Split in another order or not all': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 6])]);
        const [a, b, c] = g.node('Split', [x], { axis: attr.int(1) }, { outputs: 3 }) as string[];
        g.y(concat(g, [b as string, a as string, c as string]));
        g.y(concat(g, [a as string, b as string]));
      },
    },
    'a slice over two parts, and one along another axis': {
      build(g) {
        const joined = concat(g, [g.x([6, 2]), g.x([6, 3], 'u')]);
        g.y(slice(g, joined, 1, 4, 1));
        g.y(slice(g, joined, 1, 2, 0));
      },
    },
    'a Concat in a Concat that has another reader or axis': {
      build(g) {
        const [x, u] = [g.x([2, 2]), g.x([2, 2], 'u')];
        const inner = concat(g, [x, u]);
        g.y(concat(g, [inner, x]));
        g.y(g.node('Abs', [inner]));
        g.y(concat(g, [concat(g, [x, u], 0), concat(g, [u, u], 0)], 1));
      },
    },
  },
});
