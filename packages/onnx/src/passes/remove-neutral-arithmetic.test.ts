import { describePass } from '../testing/describe-pass.ts';
import { removeNeutralArithmetic } from './remove-neutral-arithmetic.ts';

describePass(removeNeutralArithmetic, {
  fires: {
    'x·1, 1·x, x÷1, x−0, x+(−0)': {
      build(g) {
        let v = g.x(['batch', 3]);
        v = g.node('Mul', [v, g.scalar(1)]);
        v = g.node('Mul', [g.floats([1, 1, 1]), v]);
        v = g.node('Div', [v, g.floats([1], [1, 1])]);
        v = g.node('Sub', [v, g.scalar(0)]);
        v = g.node('Add', [g.scalar(-0), v]);
        g.y(g.node('Neg', [v]));
      },
      becomes: ['Neg'],
    },
    'integer x+0 and x·1': {
      build(g) {
        const x = g.input('x', 'int64', ['batch']);
        const v = g.node('Mul', [g.node('Add', [x, g.longs([0])]), g.longs([1])]);
        g.y(g.node('Neg', [v]), 'int64');
      },
      becomes: ['Neg'],
    },
    'And with true, Or with false': {
      build(g) {
        const x = g.input('x', 'bool', ['batch']);
        const yes = g.initializer('yes', 'bool', [true], []);
        const no = g.initializer('no', 'bool', [false], []);
        g.y(g.node('Not', [g.node('Or', [g.node('And', [x, yes]), no])]), 'bool');
      },
      becomes: ['Not'],
    },
  },
  spares: {
    'x+0, which makes 0 of −0, and 0−x': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3])]);
        g.y(g.node('Add', [x, g.scalar(0)]));
        g.y(g.node('Sub', [g.scalar(0), x]));
      },
    },
    'x−(−0)': {
      build(g) {
        g.y(g.node('Sub', [g.node('Abs', [g.x(['batch', 3])]), g.scalar(-0)]));
      },
    },
    'ones that widen the result': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 1])]);
        g.y(g.node('Mul', [x, g.floats([1, 1, 1])]));
        g.y(g.node('Mul', [g.node('Abs', [g.x([3], 'v')]), g.floats([1, 1, 1], [1, 3])]));
      },
    },
    'ones of which one is not': {
      build(g) {
        g.y(g.node('Mul', [g.node('Abs', [g.x(['batch', 3])]), g.floats([1, 2, 1])]));
      },
    },
    '1÷x and 1 as an input': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3])]);
        g.y(g.node('Div', [g.scalar(1), x]));
        g.y(g.node('Mul', [x, g.x([], 'one')]));
      },
    },
    'what lies between an input and an output': {
      build(g) {
        g.y(g.node('Mul', [g.x(['batch', 3]), g.scalar(1)]));
      },
    },
  },
});
