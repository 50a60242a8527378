import type { GraphName, ModelCard } from '../card/card.ts';
import { type LoadOptions, loadCard } from './load.ts';
import type { ModelSource, Platform } from './platform.ts';
import { readVerified } from './read-verified.ts';

/** A model's card, and the bytes of each of its graphs in full precision. */
export interface ModelGraphs {
  readonly card: ModelCard;
  readonly graphs: Readonly<Partial<Record<GraphName, Uint8Array>>>;
  /** The file of the pseudo-inputs that a learned prior was made of. */
  readonly pseudoInputs?: Uint8Array;
}

/**
 * Reads the card and the graphs of a model, each checked against the card, and opens none.
 *
 * @throws CardError, IntegrityError, AbortedError; LatentkitError `not-found`, `network`
 */
export async function loadGraphs(
  platform: Pick<Platform, 'sha256'>,
  source: ModelSource,
  options: Pick<LoadOptions, 'signal' | 'onProgress'> = {},
): Promise<ModelGraphs> {
  const card = await loadCard(source, options);
  const graphs: Partial<Record<GraphName, Uint8Array>> = {};
  for (const [name, graph] of Object.entries(card.graphs)) {
    if (!graph) continue;
    graphs[name as GraphName] = await readVerified(platform, source, graph.files.fp32, options);
  }
  const pseudoInputs =
    card.pseudoInputs && (await readVerified(platform, source, card.pseudoInputs, options));
  return { card, graphs, ...(pseudoInputs ? { pseudoInputs } : {}) };
}
