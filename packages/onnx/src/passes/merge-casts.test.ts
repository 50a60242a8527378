import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { mergeCasts } from './merge-casts.ts';

const to = {
  float: { to: attr.int(1) },
  double: { to: attr.int(11) },
  int32: { to: attr.int(6) },
  int64: { to: attr.int(7) },
  uint8: { to: attr.int(2) },
};

describePass(mergeCasts, {
  fires: {
    'a condition cast twice': {
      build(g) {
        const x = g.x(['batch', 3]);
        const c = g.node('Greater', [x, g.scalar(0)]);
        g.y(g.node('Cast', [g.node('Cast', [c], to.int32)], to.float));
      },
      becomes: ['Greater', 'Cast'],
    },
    'a float that goes through double': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3])]);
        g.y(g.node('Cast', [g.node('Cast', [x], to.double)], to.float));
      },
      becomes: ['Abs', 'Cast'],
    },
    'an int32 that goes through int64': {
      build(g) {
        const x = g.input('x', 'int32', ['batch']);
        g.y(g.node('Cast', [g.node('Cast', [x], to.int64)], to.float));
      },
      becomes: ['Cast'],
    },
    'Where of 1 and 0': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Where', [g.node('Greater', [x, g.scalar(0)]), g.scalar(1), g.scalar(0)]));
      },
      becomes: ['Greater', 'Cast'],
    },
  },
  spares: {
    'casts that lose something': {
      build(g) {
        const x = g.x(['batch', 3]);
        g.y(g.node('Cast', [g.node('Cast', [x], to.int32)], to.float));
        const i = g.input('i', 'int32', ['batch']);
        g.y(g.node('Cast', [g.node('Cast', [i], to.float)], to.int32), 'int32');
      },
    },
    'a cast to a type that overflows': {
      build(g) {
        const i = g.input('i', 'int32', ['batch']);
        g.y(g.node('Cast', [g.node('Cast', [i], to.int64)], to.uint8), 'uint8');
      },
    },
    'Where of other values, of 0 and 1, and of wider ones': {
      build(g) {
        const c = g.node('Greater', [g.x(['batch', 1]), g.scalar(0)]);
        g.y(g.node('Where', [c, g.scalar(2), g.scalar(0)]));
        g.y(g.node('Where', [c, g.scalar(0), g.scalar(1)]));
        g.y(g.node('Where', [c, g.scalar(1), g.scalar(-0)]));
        g.y(g.node('Where', [c, g.floats([1, 1]), g.scalar(0)]));
      },
    },
  },
});
