import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { foldAffineIntoWeights } from './fold-affine-into-weights.ts';

const tolerance = 1e-5;

describePass(foldAffineIntoWeights, {
  fires: {
    'a bias and a scale behind Conv': {
      build(g) {
        const y = g.node('Conv', [g.x(['batch', 3, 6, 6]), g.weight([4, 3, 3, 3])]);
        g.y(g.node('Mul', [g.node('Add', [y, g.weight([4, 1, 1])]), g.weight([1, 4, 1, 1])]));
      },
      becomes: ['Conv'],
      tolerance,
    },
    'Sub and Div behind a grouped ConvTranspose with a bias': {
      build(g) {
        const x = g.x(['batch', 4, 5, 5]);
        const inputs = [x, g.weight([4, 3, 3, 3]), g.weight([6])];
        const y = g.node('ConvTranspose', inputs, { group: attr.int(2) });
        g.y(g.node('Div', [g.node('Sub', [g.weight([6, 1, 1]), y]), g.scalar(3)]));
      },
      becomes: ['ConvTranspose'],
      tolerance,
    },
    'constants behind Gemm with alpha, beta and transB': {
      build(g) {
        const flags = { transB: attr.int(1), alpha: attr.float(0.5), beta: attr.float(2) };
        const y = g.node('Gemm', [g.x(['batch', 5]), g.weight([4, 5]), g.weight([1, 4])], flags);
        g.y(g.node('Sub', [g.node('Mul', [y, g.weight([4])]), g.scalar(0.25)]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'a scale behind MatMul': {
      build(g) {
        const y = g.node('MatMul', [g.x(['batch', 2, 5]), g.weight([5, 4])]);
        g.y(g.node('Mul', [g.weight([4]), y]));
      },
      becomes: ['MatMul'],
      tolerance,
    },
    'a bias behind a Transpose, a constant behind a reshape': {
      build(g) {
        const y = g.node('Conv', [g.x(['batch', 3, 6, 6]), g.weight([4, 3, 3, 3])]);
        const t = g.node('Transpose', [y], { perm: attr.ints([0, 2, 3, 1]) });
        const biased = g.node('Add', [t, g.weight([4])]);
        const flat = g.node('Reshape', [biased, g.longs([-1, 64])]);
        g.y(g.node('Mul', [flat, g.scalar(3)]));
      },
      becomes: ['Conv', 'Transpose', 'Reshape'],
      tolerance,
    },
    'weights that are small already, or zero': {
      build(g) {
        const y = g.node('MatMul', [g.x(['batch', 1]), g.floats([1e-40, 0, -0], [1, 3])]);
        g.y(g.node('Sub', [g.node('Mul', [y, g.floats([4, 1e-30, -3])]), g.scalar(1)]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
  },
  spares: {
    'weights, bias and constants that are inputs': {
      build(g) {
        const x = g.x(['batch', 5]);
        g.y(g.node('Add', [g.node('Gemm', [x, g.x([5, 4], 'w')]), g.weight([4])]));
        g.y(g.node('Add', [g.node('Gemm', [x, g.weight([5, 4])]), g.x([4], 'b')]));
        const biased = g.node('Gemm', [x, g.weight([5, 4]), g.x([4], 'c')]);
        g.y(g.node('Add', [biased, g.weight([4])]));
      },
    },
    'shared weights and results': {
      build(g) {
        const [x, w] = [g.x(['batch', 5]), g.weight([5, 5])];
        const first = g.node('Mul', [g.node('MatMul', [x, w]), g.scalar(2)]);
        g.y(g.node('MatMul', [first, w]));
        const shared = g.node('MatMul', [x, g.weight([5, 4])]);
        g.y(g.node('Mul', [shared, g.scalar(2)]));
        g.y(g.node('Abs', [shared]));
      },
    },
    'constants along other axes, and ones that widen': {
      build(g) {
        const x = g.x([2, 3, 6, 6]);
        const conv = () => g.node('Conv', [x, g.weight([4, 3, 3, 3])]);
        g.y(g.node('Mul', [conv(), g.weight([4])]));
        g.y(g.node('Mul', [conv(), g.weight([2, 1, 1, 1])]));
        g.y(g.node('Add', [conv(), g.weight([1, 1, 1, 1, 1])]));
        g.y(
          g.node('Mul', [
            g.node('MatMul', [g.x(['batch', 5], 'v'), g.weight([5, 1])]),
            g.weight([4]),
          ]),
        );
      },
    },
    'a channel constant behind a reshape': {
      build(g) {
        const y = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Mul', [g.node('Reshape', [y, g.longs([4, -1])]), g.weight([4, 1])]));
      },
    },
    'weights that would vanish, or lose digits': {
      build(g) {
        const x = g.x(['batch', 1]);
        const gone = g.node('MatMul', [x, g.floats([1e-20, 2e-20], [1, 2])]);
        g.y(g.node('Mul', [gone, g.floats([1e-30, 1e-30])]));
        const coarse = g.node('Gemm', [x, g.floats([1, 1.1], [1, 2])]);
        g.y(g.node('Div', [coarse, g.scalar(3e38)]));
        const doubles = g.initializer('d', Float64Array.of(1e-160, 1), [1, 2]);
        const wide = g.node('MatMul', [g.input('wide', 'float64', ['batch', 1]), doubles]);
        g.y(g.node('Mul', [wide, g.initializer('e', Float64Array.of(1e-170), [])]), 'float64');
        const halved = g.initializer('f', Float64Array.of(1, 3), [1, 2]);
        const low = g.node('MatMul', [g.input('low', 'float64', ['batch', 1]), halved]);
        g.y(g.node('Div', [low, g.initializer('h', Float64Array.of(1.7e308), [])]), 'float64');
      },
    },
    'a division of integers': {
      build(g) {
        const w = g.initializer('w', Int32Array.of(4, 6, 2, 8), [2, 2]);
        const y = g.node('MatMul', [g.input('x', 'int32', ['batch', 2]), w]);
        g.y(g.node('Div', [y, g.initializer('d', Int32Array.of(2), [])]), 'int32');
      },
    },
    'a shift behind MatMul, and values out of range': {
      build(g) {
        const x = g.x(['batch', 2, 5]);
        g.y(g.node('Add', [g.node('MatMul', [x, g.weight([5, 4])]), g.weight([4])]));
        const huge = g.node('MatMul', [g.x(['batch', 1], 'v'), g.floats([3e38, 1], [1, 2])]);
        g.y(g.node('Mul', [huge, g.scalar(10)]));
        g.y(
          g.node('Div', [
            g.node('MatMul', [g.x(['batch', 1], 'u'), g.weight([1, 2])]),
            g.scalar(0),
          ]),
        );
      },
    },
  },
});
