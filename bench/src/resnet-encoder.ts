import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, validateCard } from '@latentkit/core';
import { fakeCard } from '@latentkit/core/testing';
import { attr, GraphBuilder, writeModel } from '@latentkit/onnx';

/** Channels after each strided convolution, each followed by two residual blocks: what `--architecture resnet` makes. */
const CHANNELS = [32, 64, 128];
const BLOCKS = 2;
const LATENT = 64;

/**
 * Writes a model folder with an encoder alone: a residual network with weights that were drawn and never trained, which
 * takes the time of a trained one.
 *
 * @param side height and width of its items, in three colours
 */
export async function writeResnetEncoder(folder: string, side: number): Promise<void> {
  const encoder = encoderGraph(side);
  const made = fakeCard({ item: [side, side, 3], latent: { kind: 'point', size: LATENT } });
  const file = {
    file: 'encoder.onnx',
    bytes: encoder.byteLength,
    sha256: createHash('sha256').update(encoder).digest('hex'),
  };
  const x = { name: 'x', dtype: 'float32', shape: ['batch', side, side, 3] };
  const z = { name: 'z', dtype: 'float32', shape: ['batch', LATENT] };
  const { likelihood: _, ...card } = made;
  const whole = validateCard({
    ...card,
    name: 'resnet',
    family: 'encoder',
    graphs: { encoder: { inputs: [x], outputs: [z], files: { fp32: file } } },
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'encoder.onnx'), encoder);
  await writeFile(join(folder, 'model.json'), JSON.stringify(whole));
}

function encoderGraph(side: number): Uint8Array {
  const g = new GraphBuilder('encoder');
  const random = createRandom(1);
  let count = 0;
  const weights = (dims: number[], fanIn: number) => {
    const values = new Float32Array(dims.reduce((size, dim) => size * dim, 1));
    for (let i = 0; i < values.length; i++) {
      values[i] = (random.uniform() - 0.5) * Math.sqrt(12 / fanIn);
    }
    return g.initializer(`w${count++}`, values, dims);
  };
  const conv = (x: string, from: number, to: number, stride: number) =>
    g.node('Conv', [x, weights([to, from, 3, 3], 9 * from), weights([to], 100)], {
      kernel_shape: attr.ints([3, 3]),
      strides: attr.ints([stride, stride]),
      pads: attr.ints([1, 1, 1, 1]),
    });
  const silu = (x: string) => g.node('Mul', [x, g.node('Sigmoid', [x])]);
  const input = g.input('x', 'float32', ['batch', side, side, 3]);
  let h = g.node('Transpose', [input], { perm: attr.ints([0, 3, 1, 2]) });
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
  const z = g.node('Gemm', [features, weights([flat, LATENT], flat), weights([LATENT], 100)]);
  g.output(z, 'float32', ['batch', LATENT], 'z');
  return writeModel(g.build());
}
