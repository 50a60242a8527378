import { expect } from '@jest/globals';
import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { initializer } from '../testing/run-passes.ts';
import { mergeReshapes } from './merge-reshapes.ts';

describePass(mergeReshapes, {
  fires: {
    'Reshapes in a row': {
      build(g) {
        const x = g.x(['batch', 6]);
        const a = g.node('Reshape', [x, g.longs([-1, 2, 3])]);
        g.y(g.node('Reshape', [a, g.longs([-1, 3])]));
      },
      becomes: ['Reshape'],
    },
    'Unsqueeze, Squeeze, Flatten in a row': {
      build(g) {
        let v = g.x(['batch', 2, 3]);
        v = g.node('Unsqueeze', [v, g.longs([0])]);
        v = g.node('Squeeze', [v, g.longs([0])]);
        v = g.node('Unsqueeze', [v, g.longs([-1])]);
        g.y(g.node('Flatten', [v]));
      },
      becomes: ['Reshape'],
    },
    'a target with 0, which means another dimension then': {
      build(g) {
        const x = g.x(['batch', 6]);
        const a = g.node('Reshape', [x, g.longs([-1, 2, 3])]);
        g.y(g.node('Reshape', [a, g.longs([0, 2, 0])]));
        g.y(g.node('Reshape', [a, g.longs([0, 0, 3, 1])]));
      },
      becomes: ['Reshape', 'Reshape'],
    },
    'a first one that has other readers': {
      build(g) {
        const a = g.node('Reshape', [g.x(['batch', 6]), g.longs([-1, 2, 3])]);
        g.y(g.node('Reshape', [a, g.longs([-1, 6])]));
        g.y(g.node('Abs', [a]));
      },
      becomes: ['Reshape', 'Reshape', 'Abs'],
    },
    'a target computed from the batch size': {
      build(g) {
        const x = g.x(['batch', 2, 3]);
        const size = g.node('Shape', [x], { start: attr.int(0), end: attr.int(1) });
        const target = g.node('Concat', [size, g.longs([6])], { axis: attr.int(0) });
        g.y(g.node('Reshape', [x, target]));
      },
      becomes: ['Reshape'],
      check(model) {
        const target = initializer(model, model.graph.nodes[0]?.inputs[1]);
        expect([...new BigInt64Array(target.raw.slice().buffer)]).toEqual([-1n, 6n]);
      },
    },
  },
  spares: {
    'a shape with two open dimensions': {
      build(g) {
        const x = g.x(['a', 'b', 2]);
        const y = g.node('Unsqueeze', [g.node('Abs', [x]), g.longs([0])]);
        g.y(g.node('Squeeze', [y, g.longs([0])]));
      },
    },
    'reshapes with something between': {
      build(g) {
        const a = g.node('Reshape', [g.x(['batch', 6]), g.longs([-1, 2, 3])]);
        g.y(g.node('Reshape', [g.node('Softmax', [a]), g.longs([-1, 6])]));
      },
    },
    'a target that is an input': {
      build(g) {
        g.y(g.node('Reshape', [g.x(['batch', 6]), g.input('shape', 'int64', [2])]));
      },
    },
  },
});
