import { type Check, error, type Finding } from '../../check.ts';
import { sampleResults } from '../../model/sample.ts';
import { short } from '../../numbers/format.ts';
import { wholePrecisions } from './whole-precisions.ts';

/** A share of the items' variance that nobody sees: nearly perfect models differ by multiples below it. */
const UNSEEN = 1e-3;

export const qualityReconstruction: Check = {
  id: 'quality/reconstruction',
  summary: 'the sample is reconstructed as well as it was, in every precision',
  remedy: 'Train or export again; in other precisions keep the layers that lose most in float32.',
  needs: ['golden/present', 'card/hash', 'graph/strict', 'graph/shape', 'weights/finite'],
  async run(model) {
    const sample = await sampleResults(model);
    if (!sample) return { skipped: 'there are no golden items' };
    const { reconstruction } = sample;
    if (reconstruction === undefined) return { skipped: 'the model is an encoder alone' };
    const findings: Finding[] = [];
    const measured: Record<string, number> = { fp32: reconstruction };
    const limit = model.settings.reconstruction;
    const compare = (value: number, reference: number, whose: string, than: string) => {
      measured[whose] = value;
      if (!(value <= limit * reference + UNSEEN * sample.variance)) {
        findings.push(
          error(
            `${whose} reconstructs the sample with an error of ${short(value)}, ${than} with ${short(reference)}; at most ${limit} times that was expected`,
          ),
        );
      }
    };
    const recorded = (await model.record())?.sample?.reconstruction;
    if (recorded !== undefined) compare(reconstruction, recorded, 'fp32', 'the recorded model');
    for (const precision of await wholePrecisions(model)) {
      const other = await sampleResults(model, precision);
      if (other?.reconstruction !== undefined) {
        compare(other.reconstruction, reconstruction, precision, 'fp32');
      }
    }
    return { findings, measured };
  },
};
