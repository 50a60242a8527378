import { createHash } from 'node:crypto';
import { fakeCard } from '@latentkit/core/testing';
import { GraphBuilder, writeModel } from '@latentkit/onnx';

/** A graph that gives back what it is fed: [batch, 4] → [batch, 4]. */
export function identityGraph(): Uint8Array {
  const graph = new GraphBuilder('identity');
  const x = graph.input('x', 'float32', ['batch', 4]);
  graph.output(graph.node('Identity', [x]), 'float32', ['batch', 4], 'z');
  return writeModel(graph.build());
}

const IDENTITY = { name: 'identity', family: 'encoder' };

/** The files of the smallest whole encoder: the vector of an item of 2×2 is the item. */
export function identityModel(): Record<string, Uint8Array> {
  const encoder = identityGraph();
  const sha256 = createHash('sha256').update(encoder).digest('hex');
  const file = { file: 'encoder.onnx', bytes: encoder.byteLength, sha256 };
  // A card of an encoder alone says nothing of what a decoder would give.
  const { likelihood: _, ...card } = fakeCard({
    item: [2, 2, 1],
    latent: { kind: 'point', size: 4 },
  });
  const graphs = { encoder: { ...card.graphs.encoder, files: { fp32: file } } };
  return {
    'model.json': new TextEncoder().encode(JSON.stringify({ ...card, ...IDENTITY, graphs })),
    'encoder.onnx': encoder,
  };
}
