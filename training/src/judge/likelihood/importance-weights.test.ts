import { afterAll, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { attr, GraphBuilder, readModel, writeModel } from '@latentkit/onnx';
import { removeTemporaryFolders } from '../../testing.ts';
import { readCard, readGraph } from '../model-folder.ts';
import { writeModelFolder } from '../testing.ts';
import { reshape } from './graph-nodes.ts';
import { importanceGraph } from './importance-graph.ts';
import { ImportanceWeights } from './importance-weights.ts';

afterAll(removeTemporaryFolders);

const [ITEM, LATENT, CHANNELS] = [16, 2, 32];

/** Items of 4 × 4, decoded by a transposed convolution with channels enough for blocks. */
function convolutional(): string {
  const random = createRandom(1);
  const weights = (g: GraphBuilder, name: string, ...dims: number[]) =>
    g.initializer(
      name,
      random.fillNormal(new Float32Array(dims.reduce((size, dim) => size * dim, 1)), 0.2),
      dims,
    );
  const encoder = new GraphBuilder('encoder');
  const x = encoder.input('x', 'float32', ['batch', ITEM]);
  for (const name of ['mean', 'log_var']) {
    const output = encoder.node('MatMul', [x, weights(encoder, `${name}_w`, ITEM, LATENT)]);
    encoder.output(output, 'float32', ['batch', LATENT], name);
  }
  const decoder = new GraphBuilder('decoder');
  const z = decoder.input('z', 'float32', ['batch', LATENT]);
  const grid = decoder.node('MatMul', [z, weights(decoder, 'grid', LATENT, 4 * CHANNELS)]);
  const twice = decoder.node(
    'ConvTranspose',
    [
      reshape(decoder, grid, [-1, CHANNELS, 2, 2]),
      weights(decoder, 'up', CHANNELS, CHANNELS, 4, 4),
    ],
    { strides: attr.ints([2, 2]), pads: attr.ints([1, 1, 1, 1]) },
  );
  const picture = decoder.node('Conv', [
    decoder.node('Relu', [twice]),
    weights(decoder, 'out', 1, CHANNELS, 1, 1),
  ]);
  const logits = reshape(decoder, picture, [-1, ITEM]);
  decoder.output(logits, 'float32', ['batch', ITEM], 'logits');
  decoder.output(decoder.node('Sigmoid', [logits]), 'float32', ['batch', ITEM], 'mean');
  return writeModelFolder(
    {
      family: 'vae',
      item: { shape: [4, 4, 1], layout: 'HWC', range: [0, 1] },
      latent: { kind: 'gaussian', size: LATENT },
      likelihood: { kind: 'bernoulli' },
    },
    { encoder, decoder },
  );
}

test('whatever the count of draws, the weights are those of the graph as it is written', async () => {
  const folder = convolutional();
  const card = await readCard(folder);
  const [encoder, decoder] = [
    readModel(await readGraph(folder, card, 'encoder')),
    readModel(await readGraph(folder, card, 'decoder')),
  ];
  const plain = await createRunner(writeModel(importanceGraph(card, encoder, decoder)));
  const weights = await ImportanceWeights.open(folder, card);
  const random = createRandom(2);
  const item = {
    x: {
      data: Float32Array.from({ length: ITEM }, () => random.integer(2)),
      dims: [1, ITEM],
      dtype: 'float32' as const,
    },
  };
  try {
    for (const count of [7, 1, 7]) {
      const data = random.fillNormal(new Float32Array(count * LATENT));
      const eps = { data, dims: [count, LATENT], dtype: 'float32' as const };
      const wanted = (await plain.run({ ...item, eps }))['log_w']?.data as Float32Array;
      const found = await weights.of(item, data);
      expect(found).toHaveLength(count);
      for (const [i, value] of found.entries()) {
        expect(value).toBeCloseTo(wanted[i] as number, 4);
      }
    }
  } finally {
    await weights.dispose();
    await plain.dispose();
  }
});
