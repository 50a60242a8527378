import { ArgumentError, type WholeCard, wholeCard } from '@latentkit/core';
import { loadGraphs, type Source } from '@latentkit/node';
import { readModel } from '@latentkit/onnx';
import type { Graphs } from './recover-weights.ts';

/** An exported model to go on from. */
export interface BaseModel {
  readonly card: WholeCard;
  /** The files of its graphs. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  readonly graphs: Graphs;
  /** The file of the pseudo-inputs that its prior was made of, where it has such. */
  readonly pseudoInputs: Uint8Array | undefined;
}

/** What a run keeps of the model that it went on from. */
export function identityOf({ name, graphs }: WholeCard): { name: string; sha256: string } {
  return { name, sha256: graphs.encoder.files.fp32.sha256 };
}

/**
 * Reads an exported model: a folder, a URL, or its files in memory.
 *
 * @throws as `loadAutoencoder` does; ArgumentError for a model without a decoder
 */
export async function loadBaseModel(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<BaseModel> {
  const { card, graphs, pseudoInputs } = await loadGraphs(source, { signal });
  if (!card.graphs.decoder) {
    throw new ArgumentError('from', 'a model with a decoder', card.name);
  }
  const bytes = new Map(Object.entries(graphs));
  const models = [...bytes].map(([name, file]) => [name, readModel(file)] as const);
  return { card: wholeCard(card), bytes, graphs: new Map(models), pseudoInputs };
}
