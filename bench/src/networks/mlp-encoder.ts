import { attr } from '@latentkit/onnx';
import type { EncoderShape } from './write-encoder.ts';

const HIDDEN = 400;
const LATENT = 64;

/** One hidden layer: little work beside reading and decoding a picture. */
export const mlpEncoder = (side: number): EncoderShape => ({
  ...{ name: 'mlp', side, latent: LATENT },
  layers(g, x, weights) {
    const size = 3 * side * side;
    const flat = g.node('Flatten', [x], { axis: attr.int(1) });
    const gemm = (x: string, from: number, to: number) =>
      g.node('Gemm', [x, weights([from, to], from), weights([to], 100)]);
    return gemm(g.node('Relu', [gemm(flat, size, HIDDEN)]), HIDDEN, LATENT);
  },
});
