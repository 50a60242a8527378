import type { Tensor } from '@latentkit/core';
import { contractOf } from './contract.ts';
import { measureEncoder } from './latency.ts';
import type { ModelUnderCheck } from './model-under-check.ts';
import { countOperators } from './operators.ts';
import type { ModelRecord } from './record.ts';
import { sampleResults } from './sample.ts';

/** What later checks compare a model with: measured now, of a model that was found good. */
export async function makeRecord(model: ModelUnderCheck): Promise<ModelRecord> {
  const card = await model.card();
  const graphs: Record<string, { opset: number; operators: Record<string, number> }> = {};
  for (const { file } of await model.graphs()) {
    const { opsets, graph } = await model.model(file);
    graphs[file] = { opset: opsets.get('') ?? 1, operators: countOperators(graph) };
  }
  const sample = await sampleResults(model);
  const embeddings = sample && recordable(sample.embeddings);
  return {
    format: 1,
    contract: contractOf(card),
    graphs,
    ...(sample && embeddings
      ? {
          sample: {
            items: embeddings.items,
            ...(sample.reconstruction === undefined
              ? {}
              : { reconstruction: sample.reconstruction }),
            ...(sample.kl
              ? { kl: sample.kl.reduce((sum, value) => sum + value, 0) / sample.kl.length }
              : {}),
            embeddings: encode(embeddings.values),
          },
        }
      : {}),
    latency: (await measureEncoder(model)).inProducts,
  };
}

/** The recorded embeddings, [items, latent size]; undefined where none are. */
export function decodeEmbeddings(record: ModelRecord | undefined): Tensor<'float32'> | undefined {
  const { items, embeddings } = record?.sample ?? {};
  if (!items || embeddings === undefined) return undefined;
  const bytes = Buffer.from(embeddings, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) =>
    view.getFloat32(4 * i, true),
  );
  return { dtype: 'float32', dims: [items, data.length / items], data };
}

/** Floats of the embeddings that are recorded: 64 KiB, for records are kept in repositories. */
const RECORDED = 2 ** 14;

/** The first rows of them, as many as may be recorded, but enough to have neighbours. */
function recordable({ data, dims }: Tensor<'float32'>): { items: number; values: Float32Array } {
  const [n = 0, size = 1] = dims;
  const items = Math.min(n, Math.max(16, Math.floor(RECORDED / size)));
  return { items, values: data.subarray(0, items * size) };
}

function encode(values: Float32Array): string {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes.toString('base64');
}
