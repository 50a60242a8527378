import type { Tensor } from '@latentkit/core';
import { type Check, error, type Finding } from '../../check.ts';
import { decodeEmbeddings } from '../../model/make-record.ts';
import { sampleResults } from '../../model/sample.ts';
import { recallAt } from '../../numbers/neighbours.ts';
import { wholePrecisions } from './whole-precisions.ts';

const NEIGHBOURS = 10;

export const qualityRecall: Check = {
  id: 'quality/recall',
  summary: 'a search finds the neighbours that it found: recall@10 of the sample',
  remedy:
    'Keep the layers that lose neighbours in float32, or embed everything anew with the new model.',
  needs: ['golden/present', 'card/hash', 'graph/strict', 'graph/shape', 'weights/finite'],
  async run(model) {
    const sample = await sampleResults(model);
    if (!sample) return { skipped: 'there are no golden items' };
    const findings: Finding[] = [];
    const measured: Record<string, number> = {};
    const compare = (
      before: Tensor<'float32'>,
      after: Tensor<'float32'>,
      whose: string,
      than: string,
    ) => {
      const recall = recallAt(before, after, NEIGHBOURS);
      measured[`recall@${NEIGHBOURS} of ${whose}`] = recall;
      if (recall < model.settings.recall) {
        findings.push(
          error(
            `${whose} finds ${(100 * recall).toFixed(0)} % of the ${NEIGHBOURS} neighbours that ${than} finds; at least ${(100 * model.settings.recall).toFixed(0)} % were expected`,
          ),
        );
      }
    };
    const recorded = decodeEmbeddings(await model.record());
    if (recorded) {
      const items = recorded.dims[0] ?? 0;
      compare(recorded, firstRows(sample.embeddings, items), 'fp32', 'the recorded model');
    }
    for (const precision of await wholePrecisions(model)) {
      const other = await sampleResults(model, precision);
      if (other) compare(sample.embeddings, other.embeddings, precision, 'fp32');
    }
    return { findings, measured };
  },
};

function firstRows({ data, dims, dtype }: Tensor<'float32'>, rows: number): Tensor<'float32'> {
  const [, size = 1] = dims;
  return { dtype, dims: [rows, size], data: data.subarray(0, rows * size) };
}
