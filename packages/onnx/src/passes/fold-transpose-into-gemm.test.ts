import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { foldTransposeIntoGemm } from './fold-transpose-into-gemm.ts';

const tolerance = 1e-6;

describePass(foldTransposeIntoGemm, {
  fires: {
    'a weight gradient': {
      build(g) {
        const [x, dy] = [g.x(['batch', 5]), g.x(['batch', 4], 'dy')];
        g.y(g.node('MatMul', [g.node('Transpose', [x]), dy]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'an input gradient': {
      build(g) {
        const [w, dy] = [g.x([5, 4], 'w'), g.x(['batch', 4], 'dy')];
        const t = g.node('Transpose', [w], { perm: attr.ints([1, 0]) });
        g.y(g.node('MatMul', [dy, t]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'both factors of a Gemm that transposes already': {
      build(g) {
        const [a, b] = [g.x([5, 6], 'a'), g.x([4, 5], 'b')];
        const t = (v: string) => g.node('Transpose', [v]);
        const flags = { transA: attr.int(1), transB: attr.int(0), alpha: attr.float(2) };
        g.y(g.node('Gemm', [t(t(a)), t(b), g.weight([4])], flags));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'a transposed product': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.x([5, 4], 'w')]);
        g.y(g.node('Transpose', [product]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'a transposed factor with another reader': {
      build(g) {
        const t = g.node('Transpose', [g.x([3, 5])]);
        g.y(g.node('MatMul', [t, g.x([3, 4], 'w')]));
        g.y(g.node('Abs', [t]));
      },
      becomes: ['Transpose', 'Gemm', 'Abs'],
      tolerance,
    },
  },
  spares: {
    'a product of higher rank': {
      build(g) {
        const t = g.node('Transpose', [g.x([2, 5, 3])], { perm: attr.ints([0, 2, 1]) });
        g.y(g.node('MatMul', [t, g.x([2, 5, 4], 'w')]));
      },
    },
    'a transposed product that has a bias or another reader': {
      build(g) {
        const x = g.x([3, 5]);
        const biased = g.node('Gemm', [x, g.weight([5, 4]), g.weight([4])]);
        g.y(g.node('Transpose', [biased]));
        const shared = g.node('MatMul', [x, g.weight([5, 4])]);
        g.y(g.node('Transpose', [shared]));
        g.y(g.node('Abs', [shared]));
      },
    },
    'a constant weight, which constant folding transposes': {
      build(g) {
        g.y(g.node('MatMul', [g.x(['batch', 5]), g.node('Transpose', [g.weight([4, 5])])]));
      },
    },
    integers: {
      build(g) {
        const i = g.input('i', 'int32', [2, 3]);
        g.y(g.node('MatMul', [g.node('Transpose', [i]), i]), 'int32');
      },
    },
  },
});
