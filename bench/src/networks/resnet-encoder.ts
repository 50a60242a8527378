import { attr } from '@latentkit/onnx';
import type { EncoderShape } from './write-encoder.ts';

/** Channels after each strided convolution, each followed by two residual blocks: what `--architecture resnet` makes. */
const CHANNELS = [32, 64, 128];
const BLOCKS = 2;
const LATENT = 64;

/** A residual encoder. */
export const resnetEncoder = (side: number): EncoderShape => ({
  ...{ name: 'resnet', side, latent: LATENT },
  layers(g, x, weights) {
    const conv = (x: string, from: number, to: number, stride: number) =>
      g.node('Conv', [x, weights([to, from, 3, 3], 9 * from), weights([to], 100)], {
        kernel_shape: attr.ints([3, 3]),
        strides: attr.ints([stride, stride]),
        pads: attr.ints([1, 1, 1, 1]),
      });
    const silu = (x: string) => g.node('Mul', [x, g.node('Sigmoid', [x])]);
    let h = g.node('Transpose', [x], { perm: attr.ints([0, 3, 1, 2]) });
    let from = 3;
    for (const to of CHANNELS) {
      h = conv(h, from, to, 2);
      for (let block = 0; block < BLOCKS; block++) {
        h = g.node('Add', [h, conv(silu(conv(silu(h), to, to, 1)), to, to, 1)]);
      }
      from = to;
    }
    const flat = from * (side / 2 ** CHANNELS.length) ** 2;
    const features = g.node('Flatten', [silu(h)], { axis: attr.int(1) });
    return g.node('Gemm', [features, weights([flat, LATENT], flat), weights([LATENT], 100)]);
  },
});
