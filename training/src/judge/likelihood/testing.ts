import { join } from 'node:path';
import type { Decoder, Tensor } from '@latentkit/core';
import { type Dataset, datasetOf } from '@latentkit/data';
import { exportModel } from '../../export/export-model.ts';
import { train } from '../../run/train.ts';
import type { TrainConfig } from '../../settings/config.ts';
import { temporaryFolder } from '../../testing.ts';
import { testItems } from '../test-items.ts';

/** Items of two pixels, which are alike more often than not, and how many there are of each. */
const COUNTS = [
  [0, 0, 220],
  [0, 1, 20],
  [1, 0, 40],
  [1, 1, 120],
] as const;
const ITEMS = COUNTS.map(([first, second]) => [first, second]);
const images = COUNTS.flatMap(([first, second, count]) =>
  new Array(count).fill([first, second]).flat(),
);
export const TWO_PIXELS: Dataset = datasetOf({
  images: Float32Array.from(images),
  itemShape: [1, 2, 1],
});

const each = { images: Float32Array.from(ITEMS.flat()), labels: new Uint8Array(4), count: 4 };
/** Each of the four items once. */
export const FOUR_ITEMS = testItems({ ...TWO_PIXELS, test: each }, { binarisation: 'static' });

/** A model of them, trained and exported. */
export async function exportedModel(config: Omit<TrainConfig, 'runDir' | 'data'>): Promise<string> {
  const { runDir } = await train({ ...config, runDir: temporaryFolder(), data: TWO_PIXELS });
  const outDir = join(temporaryFolder(), 'model');
  await exportModel({ runDir, outDir, dataset: TWO_PIXELS, evaluate: false });
  return outDir;
}

/**
 * ln p(x) of each of the four items by the sum over a grid.
 *
 * @param z the grid, a cell a row
 * @param masses what the prior has in each cell
 */
export async function evidenceOn(
  decoder: Decoder,
  z: Tensor<'float32'>,
  masses: Float64Array,
): Promise<number[]> {
  const { mean } = await decoder.decode(z);
  const sums = ITEMS.map(() => 0);
  for (const [cell, mass] of masses.entries()) {
    for (const [item, pixels] of ITEMS.entries()) {
      const p = pixels.reduce<number>((product, pixel, i) => {
        const one = mean.data[2 * cell + i] as number;
        return product * (pixel === 1 ? one : 1 - one);
      }, mass);
      (sums[item] as number) += p;
    }
  }
  return sums.map(Math.log);
}
