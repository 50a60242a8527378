import type { Precision } from '@latentkit/core';
import type { ModelUnderCheck } from '../../model/model-under-check.ts';

/** Precisions beside fp32 that every graph of a model is on offer in, so that it can be loaded in them. */
export async function wholePrecisions(model: ModelUnderCheck): Promise<Precision[]> {
  const all = (await model.graphs('fp32')).length;
  const offered = await model.otherPrecisions();
  const counts = await Promise.all(
    offered.map(async (precision) => (await model.graphs(precision)).length),
  );
  return offered.filter((_, i) => counts[i] === all);
}
