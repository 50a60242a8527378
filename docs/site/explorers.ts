/**
 * Puts explorers beside the pages of the site: docs/.cache/site/public/explorers/NAME. Those of models of this
 * repository, and that of a colour model, which is trained here on strokes in colours and lies in no repository.
 * Digits are those of MNIST, from LATENTKIT_MNIST_DIR, the cache or its mirrors; without any of these, strokes.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { exportModel, train } from '@latentkit/training';
import { ROOT, writeExample, writeExplorerOf } from '../../examples/explorer/scripts/sites.ts';
import { colouredStrokes } from './coloured-strokes.ts';

const CACHE = resolve(import.meta.dirname, '../.cache');
const FOLDER = join(CACHE, 'site/public/explorers');
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
  console.warn(
    `MNIST is not available, so the explorer of mnist-vae shows strokes: ${error.message}`,
  );
  await writeExample(digits, 'mnist-vae', PICTURES);
}
await writeColours();

/** Trained once: what is in the cache is taken again. */
async function writeColours(): Promise<void> {
  const data = colouredStrokes(8_000, 7);
  const model = join(CACHE, 'coloured-strokes-vae');
  if (!existsSync(join(model, 'model.json'))) {
    console.info('A colour model is trained for its explorer: some minutes, the first time.');
    const { runDir } = await train(
      {
        ...{ runDir: `${model}-run`, data, family: 'vae', engine: 'onnx', seed: 1 },
        ...{ channels: [16, 32], latentSize: 16, epochs: 20 },
        ...{ learningRate: 0.003, rateSchedule: 'cosine' },
      },
      { overwrite: true },
    );
    await exportModel({ runDir, outDir: model, dataset: data });
  }
  await writeExplorerOf(join(FOLDER, 'coloured-strokes'), model, data, PICTURES);
}
