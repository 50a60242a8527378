import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { foldPadIntoConv } from './fold-pad-into-conv.ts';

const tolerance = 1e-6;

describePass(foldPadIntoConv, {
  fires: {
    'zeros around the spatial axes': {
      build(g) {
        const padded = g.node('Pad', [g.x(['batch', 3, 6, 6]), g.longs([0, 0, 1, 0, 0, 0, 2, 1])]);
        g.y(g.node('Conv', [padded, g.weight([4, 3, 3, 3])], { strides: attr.ints([2, 2]) }));
      },
      becomes: ['Conv'],
      tolerance,
    },
    'in front of a Conv that pads, and one that is VALID': {
      build(g) {
        const x = g.x(['batch', 3, 6]);
        const pad = (value: number) =>
          g.node('Pad', [x, g.longs([0, 0, 1, 0, 0, 2]), g.scalar(value)]);
        g.y(g.node('Conv', [pad(0), g.weight([4, 3, 3])], { pads: attr.ints([2, 1]) }));
        g.y(g.node('Conv', [pad(-0), g.weight([4, 3, 3])], { auto_pad: attr.string('VALID') }));
      },
      becomes: ['Conv', 'Conv'],
      tolerance,
    },
    'axes as an input': {
      opset: 18,
      build(g) {
        const padded = g.node('Pad', [g.x(['batch', 3, 6, 6]), g.longs([1, 2]), '', g.longs([-1])]);
        g.y(g.node('Conv', [padded, g.weight([4, 3, 3, 3])]));
      },
      becomes: ['Conv'],
      tolerance,
    },
  },
  spares: {
    'other values, other modes, cropping, other axes': {
      build(g) {
        const x = g.x(['batch', 3, 6]);
        const conv = (padded: string) => g.y(g.node('Conv', [padded, g.weight([4, 3, 3])]));
        conv(g.node('Pad', [x, g.longs([0, 0, 1, 0, 0, 1]), g.scalar(1)]));
        conv(g.node('Pad', [x, g.longs([0, 0, 1, 0, 0, 1])], { mode: attr.string('edge') }));
        conv(g.node('Pad', [x, g.longs([0, 0, -1, 0, 0, 1])]));
        conv(g.node('Pad', [g.x(['batch', 2, 6], 'v'), g.longs([0, 0, 1, 0, 1, 1])]));
        conv(g.node('Pad', [x, g.input('pads', 'int64', [6])]));
      },
    },
    'a Conv that chooses its pads': {
      build(g) {
        const padded = g.node('Pad', [g.x(['batch', 3, 6]), g.longs([0, 0, 1, 0, 0, 1])]);
        const auto = { auto_pad: attr.string('SAME_UPPER') };
        g.y(g.node('Conv', [padded, g.weight([4, 3, 3])], auto));
      },
    },
    'Pad in front of pooling': {
      build(g) {
        const padded = g.node('Pad', [g.x(['batch', 3, 6]), g.longs([0, 0, 1, 0, 0, 1])]);
        g.y(g.node('MaxPool', [padded], { kernel_shape: attr.ints([2]) }));
      },
    },
  },
});
