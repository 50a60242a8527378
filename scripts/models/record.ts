import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCard } from '@latentkit/core';

/** What docs/models keeps of a model that is not in the repository: its card and its curve, as JSON. */
export async function recordOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'model.json'), 'utf8');
  const { training } = parseCard(text, folder);
  const curve = training && JSON.parse(await readFile(join(folder, training.file), 'utf8'));
  return `${JSON.stringify({ card: JSON.parse(text), curve })}\n`;
}
