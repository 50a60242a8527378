import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { eliminateCommonSubexpressions } from './eliminate-common-subexpressions.ts';

describePass(eliminateCommonSubexpressions, {
  fires: {
    'equal chains': {
      build(g) {
        const x = g.x(['batch', 3]);
        const chain = () => g.node('Exp', [g.node('Neg', [x])]);
        g.y(g.node('Sub', [chain(), g.node('Relu', [chain()])]));
      },
      becomes: ['Neg', 'Exp', 'Relu', 'Sub'],
    },
    'operands in another order': {
      build(g) {
        const [x, w] = [g.x(['batch', 3]), g.weight([3])];
        g.y(g.node('Div', [g.node('Add', [x, w]), g.node('Add', [w, x])]));
      },
      becomes: ['Add', 'Div'],
    },
    'nodes of several outputs': {
      build(g) {
        const x = g.x(['batch', 4]);
        const halves = () =>
          g.node('Split', [x], { axis: attr.int(1) }, { outputs: 2 }) as [string, string];
        const [[a], [, b]] = [halves(), halves()];
        g.y(g.node('Sub', [a, b]));
      },
      becomes: ['Split', 'Sub'],
    },
    'a copy that is an output': {
      build(g) {
        const x = g.x(['batch', 3]);
        const a = g.node('Neg', [x]);
        g.y(g.node('Abs', [a]));
        g.y(g.node('Neg', [x]));
      },
      becomes: ['Neg', 'Abs'],
    },
  },
  spares: {
    'other attributes': {
      build(g) {
        const x = g.x(['batch', 3]);
        const a = g.node('LeakyRelu', [x], { alpha: attr.float(0.1) });
        g.y(g.node('Sub', [a, g.node('LeakyRelu', [x], { alpha: attr.float(0.2) })]));
      },
    },
    'operands of Sub in another order': {
      build(g) {
        const [x, w] = [g.x(['batch', 3]), g.weight([3])];
        g.y(g.node('Div', [g.node('Sub', [x, w]), g.node('Sub', [w, x])]));
      },
    },
    'random nodes': {
      build(g) {
        const x = g.x(['batch', 3]);
        const noise = () => g.node('RandomNormalLike', [x]);
        g.y(g.node('Sub', [noise(), noise()]));
      },
    },
    'two outputs of the same': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Neg', [x]));
        g.y(g.node('Neg', [x]));
      },
    },
    'lists of attributes that are written alike': {
      build(g) {
        const x = g.x(['batch', 3]);
        const zero = (value: number) =>
          g.node('Constant', [], { value_floats: attr.floats([value]) });
        g.y(g.node('Div', [g.node('Div', [x, zero(0)]), g.node('Div', [x, zero(-0)])]));
        const text = g.input('text', 'string', ['words']);
        for (const stopwords of [['a,b'], ['a', 'b'], ['97,44', '98'], ['97', '44,98']]) {
          const kept = g.node('StringNormalizer', [text], { stopwords: attr.strings(stopwords) });
          g.y(g.node('Reshape', [kept, g.longs([-1])]), 'string');
        }
      },
    },
    'attributes that are 0 and −0': {
      build(g) {
        const x = g.x(['batch', 3]);
        const a = g.node('LeakyRelu', [x], { alpha: attr.float(0) });
        g.y(g.node('Div', [a, g.node('LeakyRelu', [x], { alpha: attr.float(-0) })]));
      },
    },
  },
});
