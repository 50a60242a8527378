import { type ModelCard, pictureTarget } from '@latentkit/core';

/** Values in rows of interleaved channels, in the order of the card's layout. */
export function inLayout<T extends Uint8Array | Float32Array>(values: T, card: ModelCard): T {
  if (card.item.layout !== 'CHW') return values;
  const { width, height, channels } = pictureTarget(card);
  const out = values.slice() as T;
  for (let i = 0; i < values.length; i++) {
    out[(i % channels) * height * width + Math.floor(i / channels)] = values[i] as number;
  }
  return out;
}
