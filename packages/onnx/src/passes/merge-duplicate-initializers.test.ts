import { expect } from '@jest/globals';
import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { mergeDuplicateInitializers } from './merge-duplicate-initializers.ts';

describePass(mergeDuplicateInitializers, {
  fires: {
    'equal constants': {
      build(g) {
        const x = g.x(['batch', 3]);
        const values = Array.from({ length: 3 }, () => g.random());
        const sum = g.node('Add', [g.node('Mul', [x, g.floats(values)]), g.floats(values)]);
        g.y(g.node('Sub', [sum, g.floats(values)]));
      },
      becomes: ['Mul', 'Add', 'Sub'],
      check(model) {
        expect(model.graph.initializers.size).toBe(1);
      },
    },
    'equal constants of bytes, of a length that four does not divide, anywhere in a file': {
      build(g) {
        const x = g.x(['batch', 7]);
        const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7);
        const [a, b] = [bytes.subarray(1), bytes.slice(1)].map((raw, i) =>
          g.node('Cast', [g.initializer(`bytes ${i}`, raw, [7])], { to: attr.int(1) }),
        );
        const sum = g.node('Add', [x, a as string]);
        g.y(g.node('Sub', [sum, b as string]));
      },
      becomes: ['Cast', 'Cast', 'Add', 'Sub'],
      check(model) {
        expect(model.graph.initializers.size).toBe(1);
      },
    },
  },
  spares: {
    'constants that differ in the sign of zero, in shape, in type, in the last element': {
      build(g) {
        const x = g.x(['batch', 1]);
        const long = new Array<number>(100).fill(1);
        let v = x;
        for (const c of [
          g.scalar(0),
          g.scalar(-0),
          g.floats([0]),
          g.floats(long),
          g.floats([...long.slice(1), 2]),
        ]) {
          v = g.node('Add', [v, c]);
        }
        g.y(v);
        const ints = g.input('i', 'int32', [1]);
        g.y(g.node('Add', [ints, g.initializer('zero', Int32Array.of(0), [])]), 'int32');
      },
    },
    'a constant whose name is to be kept': {
      build(g) {
        const x = g.x(['batch', 1]);
        const [a, b] = [g.scalar(3, 'a'), g.scalar(3, 'b')];
        g.y(g.node('Mul', [g.node('Add', [x, a]), b]));
      },
      keepNames: ['b'],
    },
  },
});
