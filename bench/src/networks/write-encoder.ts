import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, validateCard } from '@latentkit/core';
import { fakeCard } from '@latentkit/core/testing';
import { GraphBuilder, writeModel } from '@latentkit/onnx';

export interface EncoderShape {
  readonly name: string;
  /** Height and width of its items, in three colours. */
  readonly side: number;
  /** Size of its latents. */
  readonly latent: number;
  /** Adds the layers between the items [batch × side × side × 3] and the latents [batch × latent]. */
  readonly layers: (g: GraphBuilder, x: string, weights: DrawWeights) => string;
}

/** Adds weights that are uniform around 0, with a variance of 1 / fanIn. */
export type DrawWeights = (dims: readonly number[], fanIn: number) => string;

/**
 * Writes a model folder with an encoder alone: its weights were drawn and never trained, and it takes the time of a
 * trained one.
 */
export async function writeEncoder(folder: string, shape: EncoderShape): Promise<void> {
  const { name, side, latent } = shape;
  const encoder = encoderGraph(shape);
  const made = fakeCard({ item: [side, side, 3], latent: { kind: 'point', size: latent } });
  const file = {
    file: 'encoder.onnx',
    bytes: encoder.byteLength,
    sha256: createHash('sha256').update(encoder).digest('hex'),
  };
  const x = { name: 'x', dtype: 'float32', shape: ['batch', side, side, 3] };
  const z = { name: 'z', dtype: 'float32', shape: ['batch', latent] };
  const { likelihood: _, ...card } = made;
  const whole = validateCard({
    ...card,
    name,
    family: 'encoder',
    graphs: { encoder: { inputs: [x], outputs: [z], files: { fp32: file } } },
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'encoder.onnx'), encoder);
  await writeFile(join(folder, 'model.json'), JSON.stringify(whole));
}

function encoderGraph({ side, latent, layers }: EncoderShape): Uint8Array {
  const g = new GraphBuilder('encoder');
  const random = createRandom(1);
  let count = 0;
  const weights: DrawWeights = (dims, fanIn) => {
    const values = new Float32Array(dims.reduce((size, dim) => size * dim, 1));
    for (let i = 0; i < values.length; i++) {
      values[i] = (random.uniform() - 0.5) * Math.sqrt(12 / fanIn);
    }
    return g.initializer(`w${count++}`, values, [...dims]);
  };
  const z = layers(g, g.input('x', 'float32', ['batch', side, side, 3]), weights);
  g.output(z, 'float32', ['batch', latent], 'z');
  return writeModel(g.build());
}
