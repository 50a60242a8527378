/**
 * Puts explorers of models of this repository beside the pages of the site: docs/.cache/site/public/explorers/NAME.
 * Digits are those of MNIST, from LATENTKIT_MNIST_DIR, the cache or its mirrors; without any of these, strokes.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { ROOT, writeExample } from '../../examples/explorer/scripts/sites.ts';

const FOLDER = resolve(import.meta.dirname, '../.cache/site/public/explorers');
const PICTURES = 5_000;

if (!existsSync(join(ROOT, 'packages/explorer/dist/page/index.html'))) {
  throw new Error('The explorer is not built: npm run build.');
}
await mkdir(FOLDER, { recursive: true });
await writeExample(join(FOLDER, 'strokes-cvae'), 'strokes-cvae', 2_000);
const digits = join(FOLDER, 'mnist-vae');
try {
  await writeExample(digits, 'mnist-vae', PICTURES, { data: 'mnist' });
} catch (error) {
  if (!LatentkitError.isInstance(error) || error.code !== 'network') throw error;
  console.warn(`MNIST cannot be had, so the explorer of mnist-vae shows strokes: ${error.message}`);
  await writeExample(digits, 'mnist-vae', PICTURES);
}
