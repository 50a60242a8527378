import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { transposeToReshape } from './transpose-to-reshape.ts';

const perm = (...axes: number[]) => ({ perm: attr.ints(axes) });

describePass(transposeToReshape, {
  fires: {
    'grey images': {
      build(g) {
        g.y(g.node('Transpose', [g.x(['batch', 4, 5, 1])], perm(0, 3, 1, 2)));
      },
      becomes: ['Reshape'],
    },
    'single rows': {
      build(g) {
        g.y(g.node('Transpose', [g.x([1, 5])]));
      },
      becomes: ['Reshape'],
    },
  },
  spares: {
    'colour images': {
      build(g) {
        g.y(g.node('Transpose', [g.x(['batch', 4, 5, 3])], perm(0, 3, 1, 2)));
      },
    },
    'a batch that may be longer than 1': {
      build(g) {
        g.y(g.node('Transpose', [g.x(['batch', 5, 1])], perm(1, 0, 2)));
      },
    },
    'two open dimensions': {
      build(g) {
        g.y(g.node('Transpose', [g.x(['batch', 'length', 1])], perm(0, 2, 1)));
      },
    },
  },
});
