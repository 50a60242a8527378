import { type Check, error } from '../../check.ts';
import { sampleResults } from '../../model/sample.ts';
import { short } from '../../numbers/format.ts';

export const pairDecoder: Check = {
  id: 'pair/decoder',
  summary: 'the decoder belongs to the encoder: it gives back an item better than their mean does',
  remedy:
    'Copy encoder and decoder of one export; each run has latents of its own. If they are, train longer: a model that has hardly learned does no better than the mean.',
  needs: ['golden/present', 'card/hash', 'graph/strict', 'graph/shape', 'weights/finite'],
  async run(model) {
    const sample = await sampleResults(model);
    if (!sample) return { skipped: 'there are no golden items' };
    const { reconstruction, variance } = sample;
    if (reconstruction === undefined) return { skipped: 'the model is an encoder alone' };
    const message = `decoded embeddings are off by ${short(reconstruction)} (mean square an element), the mean of the items by ${short(variance)}`;
    return {
      findings: reconstruction < variance ? [] : [error(message)],
      measured: { 'share of variance left': reconstruction / variance },
    };
  },
};
