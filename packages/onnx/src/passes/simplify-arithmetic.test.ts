import { describePass } from '../testing/describe-pass.ts';
import { simplifyArithmetic } from './simplify-arithmetic.ts';

describePass(simplifyArithmetic, {
  fires: {
    '−(−x) and Not(Not(x))': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3])]);
        g.y(g.node('Sqrt', [g.node('Neg', [g.node('Neg', [x])])]));
        const b = g.input('b', 'bool', ['batch']);
        const twice = g.node('Not', [g.node('Not', [b])]);
        g.y(g.node('And', [b, twice]), 'bool');
      },
      becomes: ['Abs', 'Sqrt', 'And'],
    },
    'negations in sums': {
      build(g) {
        const [x, v] = [g.x(['batch', 3]), g.x([3], 'v')];
        const neg = (a: string) => g.node('Neg', [a]);
        g.y(g.node('Add', [x, neg(v)]));
        g.y(g.node('Add', [neg(x), v]));
        g.y(g.node('Sub', [x, neg(v)]));
      },
      becomes: ['Sub', 'Sub', 'Add'],
    },
    'negated factors in sums': {
      build(g) {
        const [x, v, w] = [g.x(['batch', 3]), g.x([3], 'v'), g.x([3], 'w')];
        const neg = (a: string) => g.node('Neg', [a]);
        g.y(g.node('Add', [x, g.node('Mul', [neg(v), w])]));
        g.y(g.node('Add', [g.node('Div', [v, neg(w)]), x]));
        g.y(g.node('Sub', [x, g.node('Mul', [w, neg(v)])]));
      },
      becomes: ['Mul', 'Sub', 'Div', 'Sub', 'Mul', 'Add'],
    },
    'negations in products': {
      build(g) {
        const [x, v] = [g.x(['batch', 3]), g.x([3], 'v')];
        const neg = (a: string) => g.node('Neg', [a]);
        g.y(g.node('Mul', [neg(x), neg(v)]));
        g.y(g.node('Div', [neg(x), g.weight([3])]));
        g.y(g.node('Mul', [g.scalar(3), neg(x)]));
      },
      becomes: ['Mul', 'Div', 'Mul'],
    },
    'x·(−1) and −0−x': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Mul', [x, g.scalar(-1)]));
        g.y(g.node('Sub', [g.scalar(-0), x]));
        g.y(g.node('Div', [x, g.floats([-1])]));
      },
      becomes: ['Neg', 'Neg', 'Neg'],
    },
    'division by powers of two': {
      build(g) {
        g.y(g.node('Div', [g.x(['batch', 3]), g.floats([4, 0.125, -2])]));
      },
      becomes: ['Mul'],
    },
    'Sum of two and x²': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Sum', [x, g.node('Pow', [x, g.scalar(2)])]));
      },
      becomes: ['Mul', 'Add'],
    },
  },
  spares: {
    '−(a−b), 0−x and x−x, whose zeros or NaN differ': {
      build(g) {
        const [x, v] = [g.x(['batch', 3]), g.x([3], 'v')];
        g.y(g.node('Neg', [g.node('Sub', [x, v])]));
        g.y(g.node('Sub', [g.scalar(0), x]));
        g.y(g.node('Sub', [x, x]));
      },
    },
    'division by others, and by what has no normal inverse': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Div', [x, g.floats([4, 3, 2])]));
        g.y(g.node('Div', [x, g.scalar(2 ** 127)]));
        g.y(g.node('Div', [x, g.scalar(0)]));
      },
    },
    'Pow by others, and by a wider 2': {
      build(g) {
        const x = g.x(['batch', 1]);
        g.y(g.node('Pow', [x, g.scalar(3)]));
        g.y(g.node('Pow', [x, g.floats([2, 2])]));
      },
    },
    'a −1 that widens': {
      build(g) {
        g.y(g.node('Mul', [g.x(['batch', 1]), g.floats([-1, -1])]));
      },
    },
    'a product with a negated factor that has another reader': {
      build(g) {
        const [x, v] = [g.x(['batch', 3]), g.x([3], 'v')];
        const product = g.node('Mul', [g.node('Neg', [v]), x]);
        g.y(g.node('Add', [x, product]));
        g.y(g.node('Abs', [product]));
      },
    },
    'a negated product with an input': {
      build(g) {
        g.y(g.node('Mul', [g.node('Neg', [g.x(['batch', 3])]), g.x([3], 'v')]));
      },
    },
  },
});
