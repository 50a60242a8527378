import { describePass } from '../testing/describe-pass.ts';
import { removeIdentity } from './remove-identity.ts';

describePass(removeIdentity, {
  fires: {
    'an Identity between nodes': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Neg', [g.node('Identity', [g.node('Abs', [x])])]));
      },
      becomes: ['Abs', 'Neg'],
    },
    'a chain of Identities that ends in an output': {
      build(g) {
        const x = g.x(['batch', 3]);
        const chain = g.node('Identity', [g.node('Identity', [g.node('Abs', [x])])]);
        g.y(chain);
      },
      becomes: ['Abs'],
    },
    'Dropout at inference': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Abs', [g.node('Dropout', [x, g.scalar(0.5)])]));
      },
      becomes: ['Abs'],
    },
    'Dropout with training_mode false': {
      build(g) {
        const x = g.x(['batch', 3]);
        const off = g.initializer('off', 'bool', [false], []);
        g.y(g.node('Abs', [g.node('Dropout', [x, g.scalar(0.5), off])]));
      },
      becomes: ['Abs'],
    },
    'Sum, Max and Concat of one input': {
      build(g) {
        const x = g.x(['batch', 3]);
        const sum = g.node('Sum', [g.node('Max', [x])]);
        g.y(g.node('Abs', [g.node('Concat', [sum], { axis: { type: 'int', value: 1n } })]));
      },
      becomes: ['Abs'],
    },
  },
  spares: {
    'an Identity from an input to an output': {
      build(g) {
        g.y(g.node('Identity', [g.x(['batch', 3])]));
      },
    },
    'an Identity between two outputs': {
      build(g) {
        const a = g.node('Abs', [g.x(['batch', 3])]);
        g.y(a);
        g.y(g.node('Identity', [a]));
      },
    },
    'an Identity of an input whose name is to be kept': {
      build(g) {
        const kept = g.node('Identity', [g.x(['batch', 3])], {}, { output: 'kept' });
        g.y(g.node('Abs', [kept]));
      },
      keepNames: ['kept'],
    },
    'Dropout whose mask is used': {
      build(g) {
        const x = g.x(['batch', 3]);
        const [y, mask] = g.node('Dropout', [x], {}, { outputs: 2 }) as [string, string];
        g.y(y);
        g.y(mask, 'bool');
      },
    },
    'Dropout whose mode is an input': {
      build(g) {
        const mode = g.input('mode', 'bool', []);
        const dropped = g.node('Dropout', [g.x(['batch', 3]), g.scalar(0.5), mode]);
        g.y(g.node('Abs', [dropped]));
      },
    },
    'Max of two': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Max', [x, g.weight([3])]));
      },
    },
  },
});
