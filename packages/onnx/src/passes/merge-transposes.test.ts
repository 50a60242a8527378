import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { mergeTransposes } from './merge-transposes.ts';

const perm = (...axes: number[]) => ({ perm: attr.ints(axes) });

describePass(mergeTransposes, {
  fires: {
    'Transposes that cancel': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 2, 3, 4])]);
        const t = g.node('Transpose', [x], perm(0, 3, 1, 2));
        g.y(g.node('Transpose', [t], perm(0, 2, 3, 1)));
      },
      becomes: ['Abs'],
    },
    'Transposes that make another': {
      build(g) {
        const t = g.node('Transpose', [g.x(['batch', 2, 3, 4])], perm(0, 3, 1, 2));
        g.y(g.node('Transpose', [t], perm(1, 0, 3, 2)));
      },
      becomes: ['Transpose'],
    },
    'Transposes without perm, the first used elsewhere': {
      build(g) {
        const t = g.node('Transpose', [g.x(['batch', 2, 3])]);
        g.y(g.node('Neg', [g.node('Transpose', [t])]));
        g.y(g.node('Abs', [t]));
      },
      becomes: ['Transpose', 'Neg', 'Abs'],
    },
  },
  spares: {
    'one Transpose': {
      build(g) {
        g.y(g.node('Transpose', [g.x(['batch', 2, 3])], perm(0, 2, 1)));
      },
    },
    'a Transpose behind something else': {
      build(g) {
        const t = g.node('Transpose', [g.x(['batch', 2, 3])], perm(0, 2, 1));
        g.y(g.node('Transpose', [g.node('Abs', [t])], perm(0, 2, 1)));
      },
    },
  },
});
