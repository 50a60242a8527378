import { type Items, itemRows } from '../batch/batch.ts';
import { conditionRows } from '../batch/condition.ts';
import type { Session } from '../run/session.ts';
import { tensor } from '../tensor.ts';
import { FEEDS } from './between-halves.ts';
import { type Decoded, type Decoder, decodedOf } from './decoder.ts';
import { type EmbedOptions, type Encoder, OFFSET } from './encoder.ts';

/** Reconstructs items by a session of both graphs, between which the device keeps the embeddings. */
export async function reconstructAtOnce(
  joined: Session,
  { encoder, decoder }: { readonly encoder: Encoder; readonly decoder: Decoder },
  items: Items,
  { offset, ...options }: EmbedOptions & { readonly offset?: Float32Array | undefined },
): Promise<Decoded> {
  const { card } = encoder;
  const rows = itemRows(items, card, options);
  const { count, feeds } = encoder[FEEDS](rows, options);
  const labels = conditionRows(options.condition, card, count);
  const all = (from: number, to: number) => ({
    ...feeds(from, to),
    // The encoder of a model may leave its condition to the decoder.
    ...(labels ? { y: labels(from, to) } : {}),
    ...(offset ? { [OFFSET]: repeated(offset, to - from) } : {}),
  });
  const { signal } = options;
  const outputs = await joined.runRows({ count, feeds: all }, { signal, pixels: rows.pixels });
  return decodedOf(outputs, decoder.card, count);
}

/** A vector as so many rows. */
function repeated(vector: Float32Array, times: number) {
  const data = new Float32Array(times * vector.length);
  for (let i = 0; i < times; i++) data.set(vector, i * vector.length);
  return tensor(data, [times, vector.length]);
}
