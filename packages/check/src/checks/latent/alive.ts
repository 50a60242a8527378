import { type Check, error } from '../../check.ts';
import { sampleResults } from '../../model/sample.ts';

export const latentAlive: Check = {
  id: 'latent/alive',
  summary: 'different items have different embeddings',
  remedy:
    'The posterior has collapsed, or the encoder does not look at its input: train with free bits or a smaller β.',
  needs: ['golden/present', 'card/hash', 'graph/strict', 'graph/shape', 'weights/finite'],
  async run(model) {
    const sample = await sampleResults(model);
    if (!sample) return { skipped: 'there are no golden items' };
    const { data, dims } = sample.embeddings;
    const width = data.length / (dims[0] ?? 1);
    let spread = 0;
    for (let i = width; i < data.length; i++) {
      spread = Math.max(spread, Math.abs((data[i] as number) - (data[i % width] as number)));
    }
    const measured = { 'largest difference of embeddings': spread };
    return {
      findings:
        spread > 1e-6 ? [] : [error('all items of the sample have one embedding', 'encoder.onnx')],
      measured,
    };
  },
};
