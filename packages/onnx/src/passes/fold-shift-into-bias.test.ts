import { expect } from '@jest/globals';
import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { foldShiftIntoBias } from './fold-shift-into-bias.ts';

const tolerance = 1e-6;

describePass(foldShiftIntoBias, {
  fires: {
    'rows less a constant': {
      build(g) {
        const x = g.node('Sub', [g.x(['batch', 5]), g.weight([5], 'c')]);
        g.y(g.node('Gemm', [x, g.weight([5, 4]), g.weight([4], 'b')]));
      },
      becomes: ['Gemm'],
      tolerance,
      check: ({ graph }) => expect([...graph.initializers.keys()].sort()).toEqual(['b', 'w']),
    },
    'a bias that something else reads': {
      build(g) {
        const bias = g.weight([4], 'b');
        const x = g.node('Sub', [g.x(['batch', 5]), g.weight([5], 'c')]);
        g.y(g.node('Gemm', [x, g.weight([5, 4]), bias]));
        g.y(g.node('Relu', [bias]));
      },
      becomes: ['Gemm', 'Relu'],
      tolerance,
    },
    'a constant plus rows, for weights that are transposed, scaled and without a bias': {
      build(g) {
        const x = g.node('Add', [g.weight([1, 5], 'c'), g.x(['batch', 5])]);
        const attributes = { transB: attr.int(1), alpha: attr.float(0.5) };
        g.y(g.node('Gemm', [x, g.weight([4, 5])], attributes));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'rows that two products read': {
      build(g) {
        const x = g.node('Sub', [g.x(['batch', 5]), g.weight([5], 'c')]);
        g.y(g.node('Gemm', [x, g.weight([5, 4]), g.weight([4], 'b')]));
        g.y(g.node('Gemm', [x, g.weight([5, 3], 'v'), g.weight([1, 3], 'd')]));
      },
      becomes: ['Gemm', 'Gemm'],
      tolerance,
    },
  },
  spares: {
    'a constant less rows': {
      build(g) {
        const x = g.node('Sub', [g.weight([5], 'c'), g.x(['batch', 5])]);
        g.y(g.node('Gemm', [x, g.weight([5, 4]), g.weight([4], 'b')]));
      },
    },
    'weights, biases or shifts that are inputs': {
      build(g) {
        const x = g.x(['batch', 5]);
        const shifted = g.node('Sub', [x, g.weight([5], 'c')]);
        g.y(g.node('Gemm', [shifted, g.x([5, 4], 'w'), g.weight([4], 'b')]));
        g.y(g.node('Gemm', [shifted, g.weight([5, 4], 'v'), g.x([4], 'd')]));
        const free = g.node('Sub', [x, g.x([5], 's')]);
        g.y(g.node('Gemm', [free, g.weight([5, 4], 'u'), g.weight([4], 'a')]));
      },
    },
    'a shift of each row by its own constant': {
      build(g) {
        const x = g.node('Sub', [g.x([3, 5]), g.weight([3, 1], 'c')]);
        g.y(g.node('Gemm', [x, g.weight([5, 4]), g.weight([4], 'b')]));
      },
    },
    'a product that is taken transposed, or whose bias is scaled or one for all columns': {
      build(g) {
        const [w, b] = [g.weight([5, 4]), g.weight([4], 'b')];
        const turned = g.node('Sub', [g.x([5, 3], 'xt'), g.weight([3], 'ct')]);
        g.y(g.node('Gemm', [turned, w, b], { transA: attr.int(1) }));
        const x = g.node('Sub', [g.x(['batch', 5]), g.weight([5], 'c')]);
        g.y(g.node('Gemm', [x, w, b], { beta: attr.float(0.5) }));
        g.y(g.node('Gemm', [x, w, g.weight([1], 'one')]));
      },
    },
    'a bias of one number a row, where there are as many rows as columns': {
      build(g) {
        const x = g.node('Sub', [g.x([4, 3]), g.weight([3], 'c')]);
        g.y(g.node('Gemm', [x, g.weight([3, 4]), g.weight([4, 1], 'b')]));
        g.y(g.node('Gemm', [x, g.weight([3, 1], 'v'), g.weight([4, 1], 'd')]));
      },
    },
    'a shift that makes the rows wide': {
      build(g) {
        const x = g.node('Add', [g.x(['batch', 1]), g.weight([3], 'c')]);
        g.y(g.node('Gemm', [x, g.weight([3, 4]), g.weight([4], 'b')]));
        const open = g.node('Sub', [g.x([4, 'width'], 'open'), g.weight([3], 'd')]);
        g.y(g.node('Gemm', [open, g.weight([3, 4], 'v')]));
      },
    },
    'a shift whose bias would be too large': {
      build(g) {
        const x = g.node('Sub', [g.x(['batch', 2]), g.floats([3e38, 3e38])]);
        g.y(g.node('Gemm', [x, g.floats([2, 2], [2, 1], 'w')]));
      },
    },
  },
});
