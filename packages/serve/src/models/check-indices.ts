import { InputError, type ModelCard, type NamedTensors } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';

/**
 * Looks at indices of a codebook, which graphs do not: some count a negative one from the end, some give anything for one
 * beyond, and some fail, with all that is in the batch.
 *
 * @throws InputError for an index outside [0, codes)
 */
export function checkIndices({ latent }: ModelCard, { indices }: NamedTensors): void {
  const codes = definitionOf(latent).grid?.(latent).codes;
  if (codes === undefined || !indices) return;
  const data = indices.data as Int32Array;
  const at = data.findIndex((index) => index < 0 || index >= codes);
  if (at < 0) return;
  throw new InputError(
    "input 'indices'",
    `indices from 0 to ${codes - 1}`,
    `${data[at]} as its element ${at}`,
  );
}
