import { attr } from '../attributes.ts';
import { tensorFromArray } from '../tensor.ts';
import { describePass } from '../testing/describe-pass.ts';
import { bypassBroadcasts } from './bypass-broadcasts.ts';

const ones = attr.tensor(tensorFromArray('', 'float32', [1], [1]));

describePass(bypassBroadcasts, {
  fires: {
    'Expand in front of a product': {
      build(g) {
        const x = g.x([4, 3]);
        const v = g.node('Expand', [g.x([1, 3], 'v'), g.longs([4, 3])]);
        g.y(g.node('Mul', [x, v]));
      },
      becomes: ['Mul'],
    },
    'Tile of axes of size 1': {
      build(g) {
        const x = g.x([4, 3]);
        const v = g.node('Tile', [g.x([4, 1], 'v'), g.longs([1, 3])]);
        g.y(g.node('Where', [g.node('Greater', [v, x]), v, x]));
      },
      becomes: ['Greater', 'Where'],
    },
    'Expand to the batch': {
      build(g) {
        const x = g.x(['batch', 3]);
        const v = g.node('Expand', [g.x([3], 'v'), g.node('Shape', [x])]);
        g.y(g.node('Sub', [v, x]));
      },
      becomes: ['Sub'],
    },
    'a filled constant': {
      build(g) {
        g.y(g.node('Add', [g.x([4, 3]), g.floats(new Array(12).fill(2.5), [4, 3])]));
      },
      becomes: ['Add'],
    },
    'a product with ones that widens': {
      build(g) {
        const dy = g.node('Neg', [g.x([1, 3])]);
        g.y(g.node('Mul', [dy, g.floats(new Array(12).fill(1), [4, 3])]));
      },
      becomes: ['Neg', 'Expand'],
    },
    'a product with ones of the batch': {
      build(g) {
        const x = g.x(['batch', 3]);
        const filled = g.node('ConstantOfShape', [g.node('Shape', [x])], { value: ones });
        g.y(g.node('Mul', [filled, g.x([1, 3], 'v')]));
        const expanded = g.node('Expand', [g.scalar(1), g.node('Shape', [x])]);
        g.y(g.node('Mul', [g.x([3], 'u'), expanded]));
      },
      becomes: ['Shape', 'Expand', 'Shape', 'Expand'],
    },
  },
  spares: {
    'Expand that widens the result': {
      build(g) {
        const v = g.node('Expand', [g.x([1, 3], 'v'), g.longs([4, 3])]);
        g.y(g.node('Mul', [g.x([3]), v]));
      },
    },
    'Expand in front of another operator': {
      build(g) {
        const v = g.node('Expand', [g.x([1, 3], 'v'), g.longs([4, 3])]);
        g.y(g.node('Concat', [g.x([4, 3]), v], { axis: attr.int(0) }));
      },
    },
    'Tile that repeats several elements': {
      build(g) {
        const v = g.node('Tile', [g.x([2, 3], 'v'), g.longs([2, 1])]);
        g.y(g.node('Mul', [g.x([4, 3]), v]));
      },
    },
    'Expand to another batch': {
      build(g) {
        const v = g.node('Expand', [g.x([3], 'v'), g.node('Shape', [g.x(['other', 3], 'u')])]);
        g.y(g.node('Mul', [g.x(['batch', 3]), v]));
      },
    },
    'constants that are not filled, or with zeros of both signs': {
      build(g) {
        const x = g.x([4, 2]);
        g.y(g.node('Add', [x, g.floats([1, 2])]));
        g.y(g.node('Div', [x, g.floats([0, -0])]));
      },
    },
  },
});
