import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { fuseMatMulAdd } from './fuse-matmul-add.ts';

const tolerance = 1e-6;

describePass(fuseMatMulAdd, {
  fires: {
    'a dense layer': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Add', [product, g.weight([4])]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'a bias in front, of one element, of one row, of full size': {
      build(g) {
        const x = g.x([3, 5]);
        for (const dims of [[], [1], [1, 4], [3, 1], [3, 4]]) {
          g.y(g.node('Add', [g.weight(dims), g.node('MatMul', [x, g.weight([5, 4])])]));
        }
      },
      becomes: ['Gemm', 'Gemm', 'Gemm', 'Gemm', 'Gemm'],
      tolerance,
    },
    'weights that are inputs': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.x([5, 4], 'w')]);
        g.y(g.node('Add', [product, g.x([4], 'b')]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
    'a Gemm without a bias': {
      build(g) {
        const product = g.node('Gemm', [g.x(['batch', 5]), g.weight([4, 5])], {
          transB: attr.int(1),
          alpha: attr.float(0.5),
          beta: attr.float(3),
        });
        g.y(g.node('Add', [product, g.weight([4])]));
      },
      becomes: ['Gemm'],
      tolerance,
    },
  },
  spares: {
    'a product with another reader': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Add', [product, g.weight([4])]));
        g.y(g.node('Relu', [product]));
      },
    },
    'a product that is an output': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(product);
        g.y(g.node('Add', [product, g.weight([4])]));
      },
    },
    'a bias that widens the result': {
      build(g) {
        const x = g.x(['batch', 5]);
        g.y(g.node('Add', [g.node('MatMul', [x, g.weight([5, 1])]), g.weight([4])]));
        g.y(g.node('Add', [g.node('MatMul', [x, g.weight([5, 4])]), g.weight([2, 1, 4])]));
        const row = g.node('MatMul', [g.x([1, 5], 'row'), g.weight([5, 4])]);
        g.y(g.node('Add', [row, g.weight([3, 4])]));
      },
    },
    'a bias of another batch': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Add', [product, g.x(['other', 4], 'b')]));
      },
    },
    'products of higher rank': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 3, 5]), g.weight([5, 4])]);
        g.y(g.node('Add', [product, g.weight([4])]));
      },
    },
    'a Gemm that has a bias, and integers': {
      build(g) {
        const product = g.node('Gemm', [g.x(['batch', 5]), g.weight([5, 4]), g.weight([4])]);
        g.y(g.node('Add', [product, g.weight([4])]));
        const ints = g.input('i', 'int32', [2, 2]);
        g.y(g.node('Add', [g.node('MatMul', [ints, ints]), ints]), 'int32');
      },
    },
    'a product plus itself': {
      build(g) {
        const product = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        g.y(g.node('Add', [product, product]));
      },
    },
  },
});
