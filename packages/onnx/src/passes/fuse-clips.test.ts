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
    'relu6 as Max and Min with numbers, in either order': {
      build(g) {
        const x = g.x(['batch', 8]);
        const least = g.node('Min', [g.node('Relu', [x]), g.scalar(6)]);
        g.y(g.node('Max', [g.scalar(0), least]));
        g.y(g.node('Min', [g.node('Max', [x, g.floats([-1], [1])]), g.floats([2], [1, 1])]));
      },
      becomes: ['Clip', 'Clip'],
      // Which zero max(0, −0) is, runtimes disagree on.
      tolerance: 1e-30,
    },
  },
  spares: {
    'bounds that leave nothing but an infinity': {
      build(g) {
        const x = g.x(['batch', 8]);
        const [top, bottom] = [g.scalar(Number.POSITIVE_INFINITY), g.scalar(-Infinity, 'bottom')];
        g.y(g.node('Max', [g.node('Max', [x, top]), g.scalar(1)]));
        g.y(g.node('Min', [g.node('Min', [x, bottom]), g.scalar(1)]));
      },
    },
    'Max and Min of several values, of many numbers, or that widen their input': {
      build(g) {
        const x = g.x([8]);
        const relu = g.node('Relu', [x]);
        g.y(g.node('Max', [g.node('Relu', [x]), g.node('Abs', [x])]));
        g.y(g.node('Min', [g.node('Relu', [x]), g.floats([1, 2, 3, 4, 5, 6, 7, 8], [8])]));
        g.y(g.node('Min', [relu, g.floats([2], [1, 1])]));
      },
    },
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
