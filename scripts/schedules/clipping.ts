/**
 * Trains families on two sets of pictures with gradients shortened and as they are, all else at its standard, and prints a
 * line of JSON for each:
 *
 *   npx tsx scripts/volume/draw.ts DISCS 0 4000
 *   npx tsx --conditions=latentkit-source scripts/schedules/clipping.ts EMOJI DISCS
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainConfig, train } from '@latentkit/training';

const [emoji = '', discs = ''] = process.argv.slice(2);
const FAMILIES = ['ae', 'flow', 'hierarchical', 'vae'] as const;
/** No gradient is so long. */
const UNLIMITED = 1e9;

const SETS: readonly (Pick<TrainConfig, 'data' | 'epochs'> & { readonly name: string })[] = [
  { name: 'emoji', data: { name: 'files', dataDir: emoji, group: '^[0-9a-f]+' }, epochs: 5 },
  { name: 'discs', data: { name: 'files', dataDir: discs }, epochs: 3 },
];

async function trial(config: Omit<TrainConfig, 'runDir'>): Promise<number | null> {
  const folder = await mkdtemp(join(tmpdir(), 'clipping-'));
  try {
    const { history } = await train({ ...config, runDir: join(folder, 'run') });
    return history.at(-1)?.test.loss ?? null;
  } catch (error) {
    console.error((error as Error).message);
    return null;
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const { name, ...set } of SETS) {
  for (const family of FAMILIES) {
    for (const clipNorm of [UNLIMITED, 100]) {
      const test = await trial({ ...set, family, clipNorm, engine: 'onnx' });
      const clipped = clipNorm === UNLIMITED ? null : clipNorm;
      console.log(
        JSON.stringify({
          search: 'clipping',
          data: name,
          epochs: set.epochs,
          family,
          clipped,
          test,
        }),
      );
    }
  }
}
