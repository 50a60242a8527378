import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LatentkitError, parseCard } from '@latentkit/core';
import sharp from 'sharp';
import { someOf } from '../../../test/setup/tier.ts';
import { exportModel } from '../export/export-model.ts';
import type { TrainConfig } from '../settings/config.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import type { TrainEvent } from './events.ts';
import { loadCheckpoint } from './folder/checkpoint.ts';
import { resumeTraining, train } from './train.ts';

let cache: string | undefined;
beforeAll(() => {
  cache = process.env['LATENTKIT_CACHE'];
  process.env['LATENTKIT_CACHE'] = temporaryFolder();
});
afterAll(async () => {
  if (cache === undefined) delete process.env['LATENTKIT_CACHE'];
  else process.env['LATENTKIT_CACHE'] = cache;
  await removeTemporaryFolders();
});

interface Made {
  readonly width?: number;
  readonly height?: number;
  readonly channels?: 1 | 3 | 4;
}

/** Discs of different sizes and colours. */
async function writePictures(
  count: number,
  name: (i: number) => string,
  { width = 16, height = 16, channels = 3 }: Made = {},
): Promise<string> {
  const folder = temporaryFolder();
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(width * height * channels);
    for (let at = 0; at < data.length; at++) {
      const pixel = Math.floor(at / channels);
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      const inside = Math.hypot(x - width / 2 + (i % 3), y - height / 2) < 3 + (i % 5);
      data[at] = at % channels === 3 ? (inside ? 255 : 0) : inside ? (i * 60 + at * 40) % 256 : 0;
    }
    const path = join(folder, name(i));
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, await sharp(data, { raw: { width, height, channels } }).png().toBuffer());
  }
  return folder;
}

function npy(dims: readonly number[], data: Uint8Array): Buffer {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${dims.join(', ')}), }`;
  const header = `${text.padEnd(117)}\n`;
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  return Buffer.concat([head, Buffer.from(header, 'latin1'), data]);
}

const settings = (data: string, more: Partial<TrainConfig> = {}): TrainConfig => ({
  runDir: temporaryFolder(),
  data,
  epochs: 1,
  batchSize: 8,
  latentSize: 2,
  hiddenSizes: [8],
  // The standard network for pictures has tests of its own, below.
  channels: [4],
  ...more,
});

async function trainAndExport(config: TrainConfig) {
  const { history } = await train(config);
  expect(Number.isFinite(history[0]?.test.loss)).toBe(true);
  const outDir = join(temporaryFolder(), 'model');
  await exportModel({ runDir: config.runDir, outDir });
  return parseCard(await readFile(join(outDir, 'model.json'), 'utf8'));
}

describe('training on files', () => {
  test('pictures with transparent parts, 24 × 48 in colour, by convolutions', async () => {
    const folder = await writePictures(30, (i) => `${i}.png`, {
      width: 48,
      height: 24,
      channels: 4,
    });
    const config = settings(folder, { architecture: 'conv', channels: [4, 8] });
    const card = await trainAndExport(config);
    expect(card.item).toMatchObject({ shape: [24, 48, 3], range: [0, 1] });
    expect(card.preprocessing).toMatchObject({
      kernel: 'cubic',
      fit: 'cover',
      background: [255, 255, 255],
    });
    // Neither the card nor the command on it tells where the pictures were.
    expect(JSON.stringify(card)).not.toContain(join(folder, '..'));
  });

  test('grey pictures, brought to 32 × 32', async () => {
    const folder = await writePictures(30, (i) => `${i}.png`, { channels: 1 });
    const data = { name: 'files', dataDir: folder, image: '32x32' } as const;
    const card = await trainAndExport({ ...settings(folder), data });
    expect(card.item.shape).toEqual([32, 32, 1]);
    expect(card.preprocessing.grey).toEqual([0.299, 0.587, 0.114]);
    expect(card.provenance.command).toContain('--data ./your-pictures --image 32x32');
  });

  test('sub-folders as the labels of a cvae', async () => {
    const folder = await writePictures(30, (i) => `${['ape', 'bee', 'cat'][i % 3]}/${i}.png`);
    const card = await trainAndExport(settings(folder, { family: 'cvae' }));
    expect(card.condition?.labels).toEqual(['ape', 'bee', 'cat']);
  });

  test('going on from a model divides the pictures as they were divided for it', async () => {
    const folder = await writePictures(
      40,
      (i) => `${['ape', 'bee'][i % 2]}/thing ${i % 10} ${i}.png`,
    );
    const rules = { group: 'thing (\\d+)', testShare: 0.3, validationShare: 0.2, leaveOut: 'bee' };
    const config = settings(folder);
    await train({ ...config, data: { name: 'files', dataDir: folder, ...rules } });
    const outDir = join(temporaryFolder(), 'model');
    await exportModel({ runDir: config.runDir, outDir, evaluate: false });
    const on = { runDir: temporaryFolder(), from: outDir, epochs: 1 };
    await train({ ...on, data: folder });
    const [before, after] = await Promise.all(
      [config, on].map((run) => loadCheckpoint(run.runDir)),
    );
    expect(after?.config.data).toMatchObject(rules);
    expect(after?.dataProvenance).toBe(before?.dataProvenance);
    // Others have no such class, and none is left out of them.
    const others = await writePictures(20, (i) => `${['cat', 'dog'][i % 2]}/${i}.png`);
    const { config: other } = await train({ ...on, runDir: temporaryFolder(), data: others });
    expect(other.data).toMatchObject({ group: rules.group, testShare: 0.3 });
    expect(other.data).not.toHaveProperty('leaveOut');
    const asked = { name: 'files', dataDir: others, leaveOut: 'bee' } as const;
    const { message } = await errorOf(() =>
      train({ ...on, runDir: temporaryFolder(), data: asked }),
    );
    expect(message).toMatch(/class to leave out: expected one of several: 0 \(cat\)/);
  });

  test('an .npy of 32 × 32', async () => {
    const file = join(temporaryFolder(), 'items.npy');
    writeFileSync(
      file,
      npy(
        [20, 32, 32],
        new Uint8Array(20 * 1024).map((_, i) => i % 256),
      ),
    );
    expect((await trainAndExport(settings(file))).item.shape).toEqual([32, 32, 1]);
  });

  const pictures: readonly (readonly [string, Made])[] = [
    ['grey 32 × 32', { width: 32, height: 32, channels: 1 }],
    ['48 × 24 in colour', { width: 48, height: 24 }],
    ['128 × 128 in colour', { width: 128, height: 128 }],
  ];
  // Not square, in colour.
  test.each(someOf('sizes of pictures', pictures, ([name]) => name.startsWith('48')))(
    'with the standards for pictures of one’s own: %s',
    async (_, made) => {
      const folder = await writePictures(12, (i) => `${i}.png`, made);
      const runDir = temporaryFolder();
      const { history, config } = await train({ runDir, data: folder, epochs: 1 });
      expect(Number.isFinite(history[0]?.test.loss)).toBe(true);
      expect(config).toMatchObject({
        architecture: 'conv',
        likelihood: 'gaussian',
        sigma: 'learned',
        rateSchedule: 'cosine',
        augment: 'flip,shift=2',
        patience: 20,
      });
    },
  );

  test('the best epoch by the validation items is kept and exported, and training stops when no better one comes', async () => {
    const folder = await writePictures(70, (i) => `${i}.png`);
    const data = { name: 'files', dataDir: folder, validationShare: 0.3 } as const;
    const how = {
      learningRate: 0.05,
      rateSchedule: 'constant',
      rateWarmUp: 0,
      augment: 'none',
      channels: [8],
      threads: 1,
    } as const;
    const config = settings(folder, { ...how, data, epochs: 200, patience: 2 });
    const { history, reason } = await train(config);
    expect(reason).toBe('finished');
    expect(history.length).toBeLessThan(200);
    const losses = history.map(({ validation }) => validation?.loss as number);
    const epoch = 1 + losses.indexOf(Math.min(...losses));
    expect(history.length).toBe(epoch + 2);
    const { best, progress } = await loadCheckpoint(config.runDir);
    expect(progress.best).toEqual({ epoch, loss: Math.min(...losses) });

    // A run of just so many epochs ends with the same weights.
    const short = settings(folder, { ...how, data, epochs: epoch });
    await train(short);
    const { state } = await loadCheckpoint(short.runDir);
    for (const [name, tensor] of best ?? [])
      expect([name, tensor]).toEqual([name, state.get(name)]);
    expect(best?.has('encoder/mean/kernel')).toBe(true);
    const outDir = join(temporaryFolder(), 'model');
    const { card } = await exportModel({ runDir: config.runDir, outDir });
    expect(card.provenance.objective).toContain(`the weights of epoch ${epoch}, the best`);

    // Its patience is at an end still when it is resumed, unless it is given more.
    expect((await resumeTraining({ runDir: config.runDir })).history).toEqual(history);
    const longer = await resumeTraining({ runDir: config.runDir, patience: 3 });
    expect(longer.history.length).toBeGreaterThan(history.length);
  });

  test('stopped in an epoch, it resumes to the same best epoch, with other memory for the items too', async () => {
    const folder = await writePictures(100, (i) => `${i}.png`);
    // 1.2 MB of items: with 1 MiB for them they are read from the disk.
    const data = {
      name: 'files',
      dataDir: folder,
      image: '64x64',
      validationShare: 0.3,
      memory: 1,
    } as const;
    const how = {
      data,
      epochs: 3,
      batchSize: 32,
      architecture: 'mlp',
      channels: undefined,
    } as const;
    const whole = settings(folder, how);
    const expected = await train(whole);
    const broken = settings(folder, how);
    const controller = new AbortController();
    await train(broken, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 5) controller.abort();
      },
    });
    const resumed = await resumeTraining({ runDir: broken.runDir, memory: 64 });
    expect(resumed.history).toEqual(expected.history);
    const [one, other] = await Promise.all(
      [whole, broken].map(({ runDir }) => loadCheckpoint(runDir)),
    );
    expect(other?.progress.best).toEqual(one?.progress.best);
    expect(other?.best).toEqual(one?.best);
  });

  test('says how size and colour were found, and what was left out', async () => {
    const folder = await writePictures(20, (i) => `${i}.png`);
    writeFileSync(join(folder, 'bad.png'), 'text');
    const events: TrainEvent[] = [];
    const data = { name: 'files', dataDir: folder, maxBad: 0.05 } as const;
    await train({ ...settings(folder), data }, { onEvent: (event) => events.push(event) });
    expect(events.find(({ type }) => type === 'found')).toMatchObject({
      notes: [expect.stringContaining('16 × 16')],
      bad: [{ id: 'bad.png' }],
    });
    expect(events.find(({ type }) => type === 'prepare')).toMatchObject({
      progress: { done: 21, total: 21, bad: 1 },
    });
  });

  test('with augmentation, a run that was stopped in an epoch resumes to the losses of one that was not', async () => {
    const folder = await writePictures(40, (i) => `${i}.png`);
    const how = { epochs: 3, augment: 'flip=both,shift=2,rotate=10,brightness=0.1' };
    const whole = await train(settings(folder, how));
    const plain = await train(settings(folder, { epochs: 3 }));
    const broken = settings(folder, how);
    const controller = new AbortController();
    const stopped = await train(broken, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 7) controller.abort();
      },
    });
    expect(stopped.reason).toBe('aborted');
    const resumed = await resumeTraining({ runDir: broken.runDir });
    expect(resumed.history).toEqual(whole.history);
    expect(whole.history).not.toEqual(plain.history);
  });

  test('pictures that changed are not those that the run was started with', async () => {
    const folder = await writePictures(20, (i) => `${i}.png`);
    const config = settings(folder);
    await train(config);
    const other = await writePictures(1, () => 'a.png', { channels: 1 });
    writeFileSync(join(folder, '3.png'), await readFile(join(other, 'a.png')));
    const error = await errorOf(() => resumeTraining({ runDir: config.runDir, epochs: 2 }));
    expect([error.code, error.message]).toEqual([
      'invalid-data',
      expect.stringMatching(/not those.*Give it the data of then, or begin another run/),
    ]);
  });

  test.each<[string, (folder: string) => Partial<TrainConfig>, RegExp]>([
    ['a cvae without labels', () => ({ family: 'cvae' }), /conditioned on labels/],
    [
      'a name with a slip in it',
      () => ({ data: 'minst' }),
      /^data: expected 'strokes', 'mnist', or the path of data of your own, received 'minst'/,
    ],
    ['a path that leads nowhere', (folder) => ({ data: join(folder, 'none') }), /There is no/],
    ['files without a path', () => ({ data: { name: 'files' } }), /data folder/],
    ['an unknown augmentation', () => ({ augment: 'mirror' }), /augmentation/],
    [
      'a size that is none',
      (folder) => ({ data: { name: 'files', dataDir: folder, image: '0x9' } }),
      /image size/,
    ],
    [
      'a fit for drawn digits',
      () => ({ data: { name: 'strokes', fit: 'cover' } }),
      /fit: expected none with data set strokes/,
    ],
  ])('%s is refused', async (_, more, message) => {
    const folder = await writePictures(4, (i) => `${i}.png`);
    const error = await errorOf(() => train(settings(folder, more(folder))));
    expect(LatentkitError.isInstance(error)).toBe(true);
    expect(error.message).toMatch(message);
  });
});
