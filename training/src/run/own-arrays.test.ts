import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { type Dataset, datasetOf } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { exportModel } from '../export/export-model.ts';
import type { TrainConfig } from '../settings/config.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { resumeTraining, train } from './train.ts';

afterAll(removeTemporaryFolders);

/** Squares of several sizes on 8 × 8 pixels, in two colours. */
function squares(count: number): Dataset {
  const images = new Uint8Array(count * 8 * 8 * 3);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < 3 + (i % 4); y++) {
      for (let x = 0; x < 3 + (i % 4); x++) images[((i * 8 + y) * 8 + x) * 3 + (i % 2)] = 200 + i;
    }
  }
  const labels = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'red' : 'green'));
  return datasetOf({ images, itemShape: [8, 8, 3], labels, name: 'squares', testShare: 0.2 });
}

const settings = (data: TrainConfig['data'], more: Partial<TrainConfig> = {}): TrainConfig => ({
  runDir: temporaryFolder(),
  data,
  channels: [4],
  hiddenSizes: [8],
  latentSize: 2,
  batchSize: 8,
  epochs: 2,
  ...more,
});

describe('training on the arrays of a program', () => {
  test('trains, exports, and says on the card how', async () => {
    const data = squares(40);
    const { runDir, history } = await train(settings(data, { family: 'cvae' }));
    expect(history).toHaveLength(2);
    const outDir = join(temporaryFolder(), 'model');
    const { card } = await exportModel({ runDir, outDir, dataset: data });
    expect(card.provenance).toMatchObject({ dataset: 'squares' });
    expect(card.condition?.labels).toEqual(['green', 'red']);
    expect(card.provenance.command).toMatch(/^train\(\{ runDir, data, family: "cvae", /);
    const model = await loadAutoencoder(outDir);
    const { dims } = (await model.sample(3, { seed: 1, condition: 'red' })).mean;
    expect(dims).toEqual([3, 8, 8, 3]);
    await model.dispose();
  });

  test('a name is a name in the README, whatever is in it', async () => {
    const data = { ...squares(40), name: '<b>a</b> [x](http://y) | `z`' };
    const { runDir } = await train(settings(data, { epochs: 1 }));
    const outDir = join(temporaryFolder(), 'model');
    await exportModel({ runDir, outDir, dataset: data, evaluate: false });
    expect(readFileSync(join(outDir, 'README.md'), 'utf8')).toContain(
      '- Trained: \\<b\\>a\\</b\\> \\[x\\](http://y) \\| \\`z\\`, 1 epochs',
    );
  });

  test('goes on with the same arrays to the losses of an unbroken run', async () => {
    const whole = await train(settings(squares(40)));
    const { runDir } = await train(settings(squares(40), { epochs: 1 }));
    const { history } = await resumeTraining({ runDir, epochs: 2, data: squares(40) });
    expect(history).toEqual(whole.history);
  });

  test('goes on with no other arrays, and not without any', async () => {
    const { runDir } = await train(settings(squares(40), { epochs: 1 }));
    const other = await errorOf(() => resumeTraining({ runDir, epochs: 2, data: squares(44) }));
    expect(other).toBeInstanceOf(LatentkitError);
    expect(other).toMatchObject({ code: 'invalid-data' });
    const none = await errorOf(() => resumeTraining({ runDir, epochs: 2 }));
    expect(none).toBeInstanceOf(ArgumentError);
  });

  test('refuses a likelihood of other values than the data have, before anything is trained', async () => {
    const images = Float32Array.from({ length: 20 * 64 }, (_, i) => Math.sin(i));
    const data = datasetOf({ images, itemShape: [8, 8, 1] });
    const { runDir, ...config } = settings(data, { likelihood: 'bernoulli' });
    const folder = join(runDir, 'run');
    const error = await errorOf(() => train({ ...config, runDir: folder }));
    expect(error.message).toMatch(/^likelihood: expected 'gaussian', .* values from -1 to 1 \(/);
    expect(existsSync(folder)).toBe(false);
  });

  test.each([
    ['the name without the arrays', { name: 'arrays' }],
    ['a part that is missing', { ...squares(20), test: undefined }],
    ['a name that is empty', { ...squares(20), name: '' }],
    ['items of another size', { ...squares(20), itemShape: [4, 4, 3] }],
    ['labels of half the items', { ...squares(20), train: { ...squares(20).train, labels: [] } }],
    ['a range upside down', { ...squares(20), valueRange: [1, 0] }],
  ])('refuses %s', async (_, data) => {
    expect(await errorOf(() => train(settings(data as never)))).toBeInstanceOf(ArgumentError);
  });
});
