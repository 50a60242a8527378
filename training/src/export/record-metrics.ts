import { join } from 'node:path';
import { validateCard, type WholeCard, wholeCard } from '@latentkit/core';
import { checkList } from '@latentkit/core/runtime';
import { writeFileWhole } from '@latentkit/system';
import { readCard } from '../judge/model-folder.ts';
import { makeReadme } from './make-readme.ts';

/**
 * Puts figures on the card of an exported model, in the place of earlier ones of the same name, and
 * writes its README anew.
 *
 * @returns the card as it is now
 * @throws ArgumentError, CardError; LatentkitError `not-found`
 */
export async function recordMetrics(
  modelDir: string,
  metrics: WholeCard['metrics'],
): Promise<WholeCard> {
  checkList('metrics', metrics, 'figures of a card');
  const card = await readCard(modelDir);
  const names = new Set(metrics.map(({ name }) => name));
  const kept = card.metrics.filter(({ name }) => !names.has(name));
  const recorded = wholeCard(validateCard({ ...card, metrics: [...kept, ...metrics] }));
  await writeFileWhole(
    join(modelDir, 'model.json'),
    Buffer.from(`${JSON.stringify(recorded, null, 2)}\n`),
  );
  await writeFileWhole(join(modelDir, 'README.md'), Buffer.from(makeReadme(recorded)));
  return recorded;
}
