import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { removeNoOps } from './remove-no-ops.ts';

describePass(removeNoOps, {
  fires: {
    'reshapes to the shape that is there': {
      build(g) {
        const x = g.x(['batch', 3, 1]);
        const a = g.node('Reshape', [x, g.longs([-1, 3, 1])]);
        const b = g.node('Reshape', [a, g.longs([0, 0, 1])]);
        g.y(g.node('Abs', [b]));
      },
      becomes: ['Abs'],
    },
    'Flatten of a matrix': {
      build(g) {
        g.y(g.node('Abs', [g.node('Flatten', [g.x(['batch', 3])])]));
      },
      becomes: ['Abs'],
    },
    'Expand and Tile to what is there': {
      build(g) {
        const x = g.x([2, 3]);
        const a = g.node('Expand', [x, g.longs([2, 1])]);
        g.y(g.node('Abs', [g.node('Tile', [a, g.longs([1, 1])])]));
      },
      becomes: ['Abs'],
    },
    'Transpose that keeps the order, Cast to the same type': {
      build(g) {
        const x = g.x(['batch', 3]);
        const a = g.node('Transpose', [x], { perm: attr.ints([0, 1]) });
        g.y(g.node('Abs', [g.node('Cast', [a], { to: attr.int(1) })]));
      },
      becomes: ['Abs'],
    },
    'Pad by nothing, Slice of everything': {
      build(g) {
        const x = g.x(['batch', 3]);
        const a = g.node('Pad', [x, g.longs([0, 0, 0, 0])]);
        const b = g.node('Slice', [a, g.longs([0, 0]), g.longs([2 ** 40, 3]), g.longs([0, 1])]);
        g.y(g.node('Abs', [b]));
      },
      becomes: ['Abs'],
    },
  },
  spares: {
    'a Reshape that flattens': {
      build(g) {
        g.y(g.node('Reshape', [g.node('Abs', [g.x(['batch', 3, 2])]), g.longs([-1, 6])]));
      },
    },
    'a Reshape where two dimensions are open': {
      build(g) {
        const shape = g.input('shape', 'int64', [2]);
        g.y(g.node('Reshape', [g.node('Abs', [g.x(['a', 'b'])]), shape]));
      },
    },
    'a Reshape of named dimensions into another order': {
      build(g) {
        const x = g.node('Abs', [g.x(['a', 'b'])]);
        const swapped = g.node('Shape', [g.node('Transpose', [x], { perm: attr.ints([1, 0]) })]);
        g.y(g.node('Reshape', [x, swapped]));
      },
    },
    'Expand of a dimension that may be 1': {
      build(g) {
        g.y(g.node('Expand', [g.node('Abs', [g.x(['batch', 3])]), g.longs([4, 3])]));
      },
    },
    'Slice that drops, steps back or ends early': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3])]);
        g.y(g.node('Slice', [x, g.longs([1]), g.longs([3]), g.longs([1])]));
        g.y(g.node('Slice', [x, g.longs([-1]), g.longs([-9]), g.longs([1]), g.longs([-1])]));
        g.y(g.node('Slice', [x, g.longs([0]), g.longs([2]), g.longs([0])]));
      },
    },
    'Cast to another type, Pad, Tile, Transpose that do something': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3])]);
        g.y(g.node('Cast', [x], { to: attr.int(7) }), 'int64');
        g.y(g.node('Pad', [x, g.longs([0, 1, 0, 0])]));
        g.y(g.node('Tile', [x, g.longs([1, 2])]));
        g.y(g.node('Transpose', [x]));
      },
    },
    'a Reshape from an input to an output': {
      build(g) {
        g.y(g.node('Reshape', [g.x(['batch', 3]), g.longs([-1, 3])]));
      },
    },
  },
});
