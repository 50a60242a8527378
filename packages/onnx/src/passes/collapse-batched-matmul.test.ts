import { describePass } from '../testing/describe-pass.ts';
import { collapseBatchedMatMul } from './collapse-batched-matmul.ts';

const tolerance = 1e-6;

describePass(collapseBatchedMatMul, {
  fires: {
    'a product of reshaped matrices': {
      build(g) {
        const a = g.node('Reshape', [g.x([4, 5]), g.longs([1, 4, 5])]);
        const b = g.node('Unsqueeze', [g.x([5, 3], 'w'), g.longs([0])]);
        g.y(g.node('MatMul', [a, b]));
      },
      becomes: ['MatMul', 'Reshape'],
      tolerance,
    },
    'a dense layer on reshaped rows': {
      build(g) {
        const a = g.node('Reshape', [g.x([4, 6]), g.longs([-1, 2, 6])]);
        g.y(g.node('MatMul', [a, g.weight([6, 3])]));
      },
      becomes: ['MatMul', 'Reshape'],
      tolerance,
    },
    'a constant with axes of size 1': {
      build(g) {
        const a = g.node('Reshape', [g.x(['batch', 6]), g.longs([1, -1, 6])]);
        g.y(g.node('MatMul', [a, g.weight([1, 6, 3])]));
      },
      becomes: ['Reshape', 'MatMul', 'Reshape'],
      tolerance,
    },
  },
  spares: {
    'a product of stacks': {
      build(g) {
        const a = g.node('Reshape', [g.x([4, 5]), g.longs([2, 2, 5])]);
        const b = g.node('Reshape', [g.x([10, 3], 'w'), g.longs([2, 5, 3])]);
        g.y(g.node('MatMul', [a, b]));
      },
    },
    'rows that are cut by the reshape': {
      build(g) {
        const a = g.node('Reshape', [g.x([4, 6]), g.longs([1, 8, 3])]);
        g.y(g.node('MatMul', [a, g.weight([3, 2])]));
      },
    },
    'a factor that is reshaped to another matrix': {
      build(g) {
        const a = g.node('Reshape', [g.x([4, 6]), g.longs([1, 4, 6])]);
        const b = g.node('Reshape', [g.x([4, 3], 'w'), g.longs([1, 6, 2])]);
        g.y(g.node('MatMul', [a, b]));
      },
    },
    'a product of matrices and one of true rank 3': {
      build(g) {
        g.y(g.node('MatMul', [g.x(['batch', 6]), g.weight([6, 3])]));
        g.y(g.node('MatMul', [g.x(['batch', 2, 6], 'v'), g.weight([6, 3])]));
      },
    },
  },
});
