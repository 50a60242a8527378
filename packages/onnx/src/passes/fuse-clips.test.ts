import { describePass } from '../testing/describe-pass.ts';
import { fuseClips } from './fuse-clips.ts';

describePass(fuseClips, {
  fires: {
    'Relu of Relu': {
      build(g) {
        g.y(g.node('Relu', [g.node('Relu', [g.x(['batch', 8])])]));
      },
      becomes: ['Relu'],
    },
    'Clip of Relu': {
      build(g) {
        g.y(g.node('Clip', [g.node('Relu', [g.x(['batch', 8])]), g.scalar(-1), g.scalar(1)]));
      },
      becomes: ['Clip'],
    },
    'Relu of Clip': {
      build(g) {
        g.y(g.node('Relu', [g.node('Clip', [g.x(['batch', 8]), g.scalar(-1), g.scalar(1)])]));
      },
      becomes: ['Clip'],
    },
    'Clips that overlap, lie apart, and are open': {
      build(g) {
        const x = g.x(['batch', 8]);
        const clip = (v: string, low: string, high: string) =>
          g.node('Clip', high === '' ? [v, low] : [v, low, high]);
        g.y(clip(clip(x, g.scalar(-1), g.scalar(1)), g.scalar(0.5), g.scalar(2)));
        g.y(clip(clip(x, g.scalar(-1), g.scalar(0)), g.scalar(1), g.scalar(2)));
        g.y(clip(clip(x, '', g.scalar(1)), g.scalar(-1), ''));
      },
      becomes: ['Clip', 'Clip', 'Clip'],
    },
  },
  spares: {
    'a bound that is an input': {
      build(g) {
        g.y(g.node('Clip', [g.node('Relu', [g.x(['batch', 8])]), g.x([], 'low')]));
      },
    },
    'a range that is empty': {
      build(g) {
        g.y(g.node('Clip', [g.node('Relu', [g.x(['batch', 8])]), g.scalar(1), g.scalar(-1)]));
      },
    },
    'LeakyRelu of Relu': {
      build(g) {
        g.y(g.node('LeakyRelu', [g.node('Relu', [g.x(['batch', 8])])]));
      },
    },
  },
});
