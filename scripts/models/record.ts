import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCard } from '@latentkit/core';
import type { TrainingCurve } from '@latentkit/training';

/** Epochs of a curve that are kept: a plot has no more columns. */
const MOST_EPOCHS = 200;

/** What docs/models keeps of a model that is not in the repository: its card and its curve, as JSON. */
export async function recordOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'model.json'), 'utf8');
  const { training } = parseCard(text, folder);
  const curve = training && JSON.parse(await readFile(join(folder, training.file), 'utf8'));
  return `${JSON.stringify({ card: JSON.parse(text), curve: curve && thinned(curve) })}\n`;
}

/** Every so many epochs of a long training, the last among them. */
export function thinned({ epochs, ...rest }: TrainingCurve): TrainingCurve {
  const step = Math.ceil(epochs.length / MOST_EPOCHS);
  const kept = epochs.filter((_, i) => (epochs.length - 1 - i) % step === 0);
  return { ...rest, epochs: kept };
}
