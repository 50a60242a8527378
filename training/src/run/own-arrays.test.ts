import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { type Dataset, datasetOf } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { exportModel } from '../export/export-model.ts';
import type { TrainConfig } from '../settings/config.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import type { TrainEvent } from './events.ts';
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

  test('a patience that nothing could end is refused, or left aside where nobody asked for it', async () => {
    const counts: number[] = [];
    const onEvent = (event: TrainEvent) =>
      void (event.type === 'start' && counts.push(event.validationCount));
    const few = datasetOf({
      ...{ images: new Uint8Array(80 * 64).map((_, i) => i * i), itemShape: [8, 8, 1] },
      validationShare: 0.1,
    });
    expect(few.validation?.count).toBeLessThan(16);
    const { runDir } = await train(settings(few, { epochs: 1 }), { onEvent });
    const enough = datasetOf({
      ...{ images: new Uint8Array(80 * 64).map((_, i) => i * i), itemShape: [8, 8, 1] },
      validationShare: 0.4,
    });
    await train(settings(enough, { epochs: 1, patience: 3 }), { onEvent });
    expect(counts).toEqual([few.validation?.count, enough.validation?.count]);
    for (const call of [
      () => train(settings(few, { patience: 3 })),
      () => resumeTraining({ runDir, data: few, epochs: 2, patience: 3 }),
    ]) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toMatch(
        /^patience: expected none with \d+ validation items? \(it takes 16/,
      );
    }
    const none = await errorOf(() => train(settings(squares(40), { patience: 3 })));
    expect(none.message).toMatch(/^patience: expected none with (no|\d+) validation items/);
  });

  test('a cvae without labels is told where to give them', async () => {
    const images = new Uint8Array(20 * 64);
    const wrong = (labels?: readonly string[]) =>
      errorOf(() =>
        train(
          settings(datasetOf({ images, itemShape: [8, 8, 1], ...(labels ? { labels } : {}) }), {
            family: 'cvae',
          }),
        ),
      );
    expect((await wrong()).message).toMatch(/not every item has one\. Give datasetOf `labels`/);
    expect((await wrong(new Array(20).fill('one'))).message).toMatch(/all items are 'one'\. Give/);
  });

  test('an export without the arrays, or with others, says which option they are', async () => {
    const { runDir } = await train(settings(squares(40), { epochs: 1 }));
    const outDir = join(temporaryFolder(), 'model');
    const none = await errorOf(() => exportModel({ runDir, outDir }));
    expect(none).toBeInstanceOf(ArgumentError);
    expect(none.message).toMatch(/^dataset: expected the data set that the run in/);
    const wrong = await errorOf(() =>
      exportModel({ runDir, outDir, dataset: { ...squares(40), labelNames: 5 } as never }),
    );
    expect(wrong.message).toMatch(/^dataset\.labelNames: /);
    const images = Uint8Array.from({ length: 20 * 144 }, (_, i) => i);
    const other = await errorOf(() =>
      exportModel({ runDir, outDir, dataset: datasetOf({ images, itemShape: [12, 12, 1] }) }),
    );
    expect(other.code).toBe('invalid-data');
    expect(other.message).toMatch(
      /^The data are not those that the run .* Items of 12 × 12 × 1 do not fit its weights: give the data of then\.$/,
    );
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
