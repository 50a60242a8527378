import { type ModelCard, sizeOf } from '@latentkit/core';

/** Values of items with the channels of a pixel together, as sheets take them, whatever the card's layout. */
export function interleaved(values: Float32Array, { item }: Pick<ModelCard, 'item'>): Float32Array {
  if (item.layout !== 'CHW') return values;
  const [channels = 1, height = 1, width = 1] = item.shape;
  const area = height * width;
  const size = sizeOf(item.shape);
  return values.map((_, i) => {
    const [n, rest] = [Math.floor(i / size), i % size];
    return values[n * size + (rest % channels) * area + Math.floor(rest / channels)] as number;
  });
}
