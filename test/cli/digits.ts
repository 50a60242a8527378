import { join } from 'node:path';
import { makeStrokes, readItems } from '@latentkit/data';
import { loadCard, writeImages } from '@latentkit/node';
import { ROOT } from './run-command.ts';

/** The model that the verbs are tried on. */
export const MODEL = join(ROOT, 'models/mnist-vae');

/**
 * Draws digits into PNG files, in a folder for the odd ones and one for the even.
 *
 * @returns their paths within the folder, sorted
 */
export async function writeDigits(folder: string, count: number): Promise<string[]> {
  const card = await loadCard(MODEL);
  const { test: digits } = makeStrokes(1, count, 7);
  const items = { data: readItems(digits), dims: [count, 28, 28, 1], dtype: 'float32' } as const;
  const names = Array.from({ length: count }, (_, i) => `${i % 2 ? 'odd' : 'even'}/${i}.png`);
  await writeImages(
    items,
    card,
    names.map((name) => join(folder, name)),
  );
  return names.sort();
}
