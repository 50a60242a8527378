import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelCard, parseCard, validateCard } from '@latentkit/core';
import { writeFileWhole } from '@latentkit/system';
import { makeReadme } from './make-readme.ts';

/**
 * Puts figures on the card of an exported model, in the place of earlier ones of the same name, and
 * writes its README anew.
 *
 * @returns the card as it is now
 */
export async function recordMetrics(
  modelDir: string,
  metrics: ModelCard['metrics'],
): Promise<ModelCard> {
  const path = join(modelDir, 'model.json');
  const card = parseCard(await readFile(path, 'utf8'), path);
  const names = new Set(metrics.map(({ name }) => name));
  const kept = card.metrics.filter(({ name }) => !names.has(name));
  const recorded = validateCard({ ...card, metrics: [...kept, ...metrics] });
  await writeFileWhole(path, Buffer.from(`${JSON.stringify(recorded, null, 2)}\n`));
  await writeFileWhole(join(modelDir, 'README.md'), Buffer.from(makeReadme(recorded)));
  return recorded;
}
