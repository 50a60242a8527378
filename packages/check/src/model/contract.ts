import type { ModelCard } from '@latentkit/core';

/**
 * What of a card says how numbers are read: a program that was written for one contract computes
 * something else by another. Names, figures, hashes and provenance are no part of it.
 */
export function contractOf(card: ModelCard): Record<string, unknown> {
  const { item, preprocessing, likelihood, latent, condition, graphs } = card;
  const interfaces = Object.entries(graphs).map(([name, graph]) => [
    `graphs.${name}`,
    { inputs: graph?.inputs, outputs: graph?.outputs },
  ]);
  const contract = {
    'item.shape': item.shape,
    'item.layout': item.layout,
    'item.range': item.range,
    preprocessing,
    likelihood,
    latent,
    ...(condition ? { condition } : {}),
    ...Object.fromEntries(interfaces),
  };
  // As it is after a round trip through JSON, without what is undefined.
  return JSON.parse(JSON.stringify(contract)) as Record<string, unknown>;
}
