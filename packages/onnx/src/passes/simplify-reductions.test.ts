import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { simplifyReductions } from './simplify-reductions.ts';

const keep = (flag: 0 | 1) => ({ keepdims: attr.int(flag) });

describePass(simplifyReductions, {
  fires: {
    'a sum over the batch that is reshaped to the bias': {
      build(g) {
        const sum = g.node('ReduceSum', [g.x(['batch', 4]), g.longs([0])], keep(1));
        g.y(g.node('Reshape', [sum, g.longs([4])]));
      },
      becomes: ['ReduceSum'],
    },
    'a reduction that is expanded again': {
      build(g) {
        const x = g.x(['batch', 4, 5]);
        const max = g.node('ReduceMax', [x], { axes: attr.ints([-1]), ...keep(0) });
        g.y(g.node('Sub', [x, g.node('Unsqueeze', [max, g.longs([2])])]));
      },
      becomes: ['ReduceMax', 'Sub'],
    },
    'reductions over axes of size 1': {
      build(g) {
        const x = g.x(['batch', 1, 4]);
        const axes = attr.ints([1]);
        g.y(g.node('Neg', [g.node('ReduceMax', [x], { axes, ...keep(0) })]));
        g.y(g.node('Neg', [g.node('ReduceProd', [x], { axes, ...keep(1) })]));
      },
      becomes: ['Reshape', 'Neg', 'Neg'],
    },
    'sums of one element, whose sign of zero no runtime promises': {
      build(g) {
        const x = g.x(['batch', 1, 4]);
        const sum = g.node('ReduceSum', [x, g.longs([1])], keep(0));
        const mean = g.node('ReduceMean', [x], { axes: attr.ints([1]), ...keep(1) });
        g.y(g.node('Abs', [sum]));
        g.y(g.node('Neg', [mean]));
      },
      becomes: ['Reshape', 'Abs', 'Neg'],
      tolerance: 0,
    },
    'a reduction over nothing': {
      build(g) {
        const x = g.x(['batch', 4]);
        const none = g.longs([]);
        const noop = { noop_with_empty_axes: attr.int(1) };
        g.y(g.node('Neg', [g.node('ReduceSum', [x, none], noop)]));
      },
      becomes: ['Neg'],
    },
    'axes as inputs of all reductions from opset 18': {
      opset: 18,
      build(g) {
        const mean = g.node('ReduceMean', [g.x(['batch', 4]), g.longs([0])], keep(1));
        g.y(g.node('Squeeze', [mean, g.longs([0])]));
      },
      becomes: ['ReduceMean'],
    },
  },
  spares: {
    'a reduced value with another reader': {
      build(g) {
        const sum = g.node('ReduceSum', [g.x(['batch', 4]), g.longs([0])], keep(1));
        g.y(g.node('Reshape', [sum, g.longs([4])]));
        g.y(g.node('Neg', [sum]));
      },
    },
    'a reduced value that is an output': {
      build(g) {
        const sum = g.node('ReduceSum', [g.x(['batch', 4]), g.longs([0])], keep(1));
        g.y(sum);
        g.y(g.node('Reshape', [sum, g.longs([4])]));
      },
    },
    'a reshape to another shape': {
      build(g) {
        const sum = g.node('ReduceSum', [g.x(['batch', 4]), g.longs([0])], keep(1));
        g.y(g.node('Reshape', [sum, g.longs([2, 2])]));
      },
    },
    'a sum of squares over an axis of size 1, a sum over the open batch': {
      build(g) {
        const x = g.x(['batch', 1, 4]);
        g.y(g.node('Neg', [g.node('ReduceSumSquare', [x], { axes: attr.ints([1]) })]));
        g.y(g.node('Neg', [g.node('ReduceSum', [x, g.longs([0])])]));
      },
    },
    'axes that are an input': {
      build(g) {
        const sum = g.node(
          'ReduceSum',
          [g.x(['batch', 4]), g.input('axes', 'int64', [1])],
          keep(1),
        );
        g.y(g.node('Reshape', [sum, g.longs([-1, 1])]));
      },
    },
  },
});
