import { attr } from '../attributes.ts';
import { describePass } from '../testing/describe-pass.ts';
import { randomFloats, type TestGraph } from '../testing/run-passes.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';

function batchNorm(g: TestGraph, x: string, channels: number, epsilon = 1e-3): string {
  const variance = randomFloats(g.random, channels).map((value) => Math.abs(value) + 0.1);
  const inputs = [x, g.weight([channels]), g.weight([channels]), g.weight([channels])];
  inputs.push(g.initializer('variance', variance, [channels]));
  return g.node('BatchNormalization', inputs, { epsilon: attr.float(epsilon) });
}

const tolerance = 1e-5;

describePass(foldBatchNorm, {
  fires: {
    'behind Conv': {
      build(g) {
        const y = g.node('Conv', [g.x(['batch', 3, 6, 6]), g.weight([4, 3, 3, 3]), g.weight([4])]);
        g.y(batchNorm(g, y, 4));
      },
      becomes: ['Conv'],
      tolerance,
    },
    'behind a depthwise Conv': {
      build(g) {
        const y = g.node('Conv', [g.x(['batch', 3, 6, 6]), g.weight([6, 1, 3, 3])], {
          group: attr.int(3),
        });
        g.y(batchNorm(g, y, 6, 1e-5));
      },
      becomes: ['Conv'],
      tolerance,
    },
    'behind ConvTranspose and Gemm': {
      build(g) {
        const x = g.x(['batch', 3, 4]);
        g.y(batchNorm(g, g.node('ConvTranspose', [x, g.weight([3, 2, 3])]), 2));
        const rows = g.x(['batch', 5], 'rows');
        g.y(batchNorm(g, g.node('Gemm', [rows, g.weight([5, 4]), g.weight([4])]), 4));
      },
      becomes: ['ConvTranspose', 'Gemm'],
      tolerance,
    },
    'behind a dense layer whose rows were made pictures': {
      build(g) {
        const dense = g.node('MatMul', [g.x(['batch', 5]), g.weight([5, 4])]);
        const picture = g.node('Reshape', [dense, g.longs([-1, 1, 1, 4])]);
        const first = g.node('Transpose', [picture], { perm: attr.ints([0, 3, 1, 2]) });
        g.y(batchNorm(g, first, 4));
      },
      becomes: ['Gemm', 'Reshape', 'Transpose'],
      tolerance,
    },
    'behind a Conv over sequences, channels last': {
      build(g) {
        const conv = g.node('Conv', [g.x(['batch', 3, 1, 6]), g.weight([4, 3, 1, 3])]);
        const last = g.node('Transpose', [conv], { perm: attr.ints([0, 2, 3, 1]) });
        const flat = g.node('Reshape', [last, g.longs([-1, 4, 4])]);
        const back = g.node('Transpose', [flat], { perm: attr.ints([0, 2, 1]) });
        g.y(batchNorm(g, back, 4));
      },
      becomes: ['Conv', 'Transpose', 'Reshape', 'Transpose'],
      tolerance,
    },
  },
  spares: {
    'where weights would vanish': {
      build(g) {
        const y = g.node('Conv', [g.x(['batch', 1, 6]), g.floats([1e-20, 1], [2, 1, 1], 'w')]);
        const constants = [
          [1e-30, 1],
          [0, 0],
          [0, 0],
          [1, 1],
        ].map((c) => g.floats(c));
        g.y(g.node('BatchNormalization', [y, ...constants]));
      },
    },
    'behind a reshape that puts other elements on the channel axis': {
      build(g) {
        const dense = g.node('MatMul', [g.x([4, 5]), g.weight([5, 4])]);
        g.y(batchNorm(g, g.node('Reshape', [dense, g.longs([1, 4, 4])]), 4));
      },
    },
    'behind something else, or behind a product of rank 3': {
      build(g) {
        const x = g.x(['batch', 4, 4]);
        g.y(batchNorm(g, g.node('Relu', [x]), 4));
        g.y(batchNorm(g, g.node('MatMul', [x, g.weight([4, 4])]), 4));
      },
    },
    'behind a Conv with another reader or shared weights': {
      build(g) {
        const [x, w] = [g.x(['batch', 3, 6]), g.weight([4, 3, 3])];
        const shared = g.node('Conv', [x, g.weight([4, 3, 3])]);
        g.y(batchNorm(g, shared, 4));
        g.y(g.node('Abs', [shared]));
        g.y(batchNorm(g, g.node('Conv', [x, w]), 4));
        g.y(g.node('Conv', [x, w]));
      },
    },
    'statistics that are inputs': {
      build(g) {
        const y = g.node('Conv', [g.x(['batch', 3, 6]), g.weight([4, 3, 3])]);
        const inputs = [y, g.weight([4]), g.weight([4]), g.x([4], 'mean'), g.x([4], 'variance')];
        g.y(g.node('BatchNormalization', inputs));
      },
    },
  },
});
