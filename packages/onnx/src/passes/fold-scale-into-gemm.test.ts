import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { foldScaleIntoGemm } from './fold-scale-into-gemm.ts';

const tolerance = 1e-6;

describePass(foldScaleIntoGemm, {
  fires: {
    'a scaled product': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.x([5, 4], 'w')]);
        g.y(g.node('Mul', [product, g.scalar(0.3)]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'a divided Gemm with a bias': {
      build(g) {
        const attributes = { alpha: attr.float(2), beta: attr.float(0.5), transB: attr.int(1) };
        const inputs = [g.x(['batch', 5]), g.x([4, 5], 'w'), g.x([4], 'b')];
        g.y(g.node('Div', [g.node('Gemm', inputs, attributes), g.floats([3], [1, 1])]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'scaled factors': {
      build(g) {
        const a = g.node('Mul', [g.scalar(1 / 128), g.x(['batch', 5])]);
        const b = g.node('Div', [g.x([5, 4], 'w'), g.scalar(7)]);
        g.y(g.node('Gemm', [a, b, g.x([4], 'b')], { beta: attr.float(2) }));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'doubles by a factor that is a float32 too': {
      build(g) {
        const inputs = [g.input('x', 'float64', ['batch', 3]), g.input('w', 'float64', [3, 4])];
        const half = g.initializer('s', Float64Array.of(0.5), []);
        g.y(g.node('Mul', [g.node('MatMul', inputs), half]), 'float64');
      },
      becomes: ['Gemm'],
      tolerance: 1e-15,
    },
  },
  spares: {
    'a factor of doubles that is no float32': {
      build(g) {
        const [x, w] = [g.input('x', 'float64', ['batch', 3]), g.input('w', 'float64', [3, 4])];
        const tenth = g.initializer('s', Float64Array.of(0.1), []);
        g.y(g.node('Mul', [g.node('MatMul', [x, w]), tenth]), 'float64');
        g.y(
          g.node('MatMul', [g.node('Div', [x, g.initializer('d', Float64Array.of(3), [])]), w]),
          'float64',
        );
      },
    },
    'factors that would lose digits together': {
      build(g) {
        const inputs = [g.x(['batch', 5]), g.x([5, 4], 'w')];
        const small = g.node('Gemm', inputs, { alpha: attr.float(1.1e-20) });
        g.y(g.node('Mul', [small, g.scalar(1.1e-20)]));
        g.y(g.node('Div', [g.node('MatMul', inputs), g.scalar(3e38)]));
      },
    },
    'a scale that is an input, zero, infinite or per column': {
      build(g) {
        const x = g.x(['batch', 5]);
        const product = () => g.node('MatMul', [x, g.weight([5, 4])]);
        g.y(g.node('Mul', [product(), g.x([], 's')]));
        g.y(g.node('Mul', [product(), g.scalar(0)]));
        g.y(g.node('Mul', [product(), g.scalar(Number.POSITIVE_INFINITY)]));
        g.y(g.node('Div', [product(), g.scalar(0)]));
        g.y(g.node('Mul', [product(), g.weight([4])]));
      },
    },
    'a scale that raises the rank': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Mul', [product, g.floats([2], [1, 1, 1])]));
      },
    },
    'a scale that makes a matrix of a vector': {
      build(g) {
        const row = g.node('Mul', [g.x([5]), g.floats([2], [1, 1])]);
        g.y(g.node('Gemm', [row, g.weight([5, 4])]));
        const column = g.node('Div', [g.x([], 'single'), g.floats([2], [1, 1], 'd')]);
        g.y(g.node('Gemm', [g.weight([3, 1], 'v'), column]));
      },
    },
    'a constant divided by the product': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Div', [g.scalar(2), product]));
      },
    },
    'a product or factor with another reader': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Mul', [product, g.scalar(2)]));
        g.y(product);
        const scaled = g.node('Mul', [g.x(['batch', 5], 'v'), g.scalar(2)]);
        g.y(g.node('MatMul', [scaled, g.weight([5, 4])]));
        g.y(g.node('Abs', [scaled]));
      },
    },
    'a product of higher rank': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 2, 5]), g.weight([5, 4])]);
        g.y(g.node('Mul', [product, g.scalar(2)]));
      },
    },
  },
});
