import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type CheckModelsOptions, checkModels, recordModels } from '@latentkit/check';
import { loadAutoencoder } from '@latentkit/node';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { someOf } from '../setup/tier.ts';
import { seriousFaults } from './accessibility.ts';
import { greyAt, greysOf } from './canvas-pixels.ts';
import { withPage } from './with-page.ts';

const example = resolve(__dirname, '../../examples/finetune');

/** What the visitor takes home passes every check, once its golden values are recorded (`check --update`). */
async function checkFiles(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-finetuned-'));
  try {
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const options: CheckModelsOptions = { settings: { devices: ['cpu', 'cpu-plain'] } };
    expect((await recordModels([folder], options)).passed).toBe(true);
    const report = await checkModels([folder], options);
    const told = report.models.flatMap(({ outcomes }) =>
      outcomes.filter(({ status }) => status === 'failed' || status === 'warned'),
    );
    expect(told).toEqual([]);
    expect(report.passed).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Draws a zigzag, which is no digit, in jumps, as of a hasty hand, and adds it. */
async function addDrawing(page: Page, offset: number): Promise<void> {
  await page.waitForSelector('body[data-ready]');
  const before = await page.locator('#items li').count();
  const box = (await page.locator('#drawing').boundingBox())!;
  const at = (x: number, y: number) =>
    [box.x + box.width * x + offset, box.y + box.height * y] as const;
  await page.mouse.move(...at(0.2, 0.2));
  await page.mouse.down();
  for (const [x, y] of [
    [0.8, 0.35],
    [0.2, 0.5],
    [0.8, 0.65],
    [0.2, 0.8],
  ] as const) {
    await page.mouse.move(...at(x, y));
  }
  await page.mouse.up();
  await page.click('#add');
  await page.waitForFunction(
    (count) => document.querySelectorAll('#items li').length > count,
    before,
  );
}

const statusOf = async (page: Page) => (await page.textContent('#status')) ?? '';

/** Waits for the end of training; the status line. */
async function ended(page: Page): Promise<string> {
  await page.waitForFunction(
    () => /Done|Stopped|failed/.test(document.getElementById('status')!.textContent ?? ''),
    undefined,
    { timeout: 90_000 },
  );
  return statusOf(page);
}

/** How far a row of reconstructions is from the drawings: the mean difference in grey values. */
async function differenceOf(page: Page, id: string): Promise<number> {
  const [drawings, made] = [await greysOf(page, '#drawings'), await greysOf(page, `#${id}`)];
  return made.reduce((sum, grey, i) => sum + Math.abs(grey - drawings[i]!), 0) / made.length;
}

describe('the fine-tuning example', () => {
  const devices = [
    ['wasm', 40],
    ['webgpu', 12],
  ] as const;
  // A GPU in software compiles the shaders of the gradients for a minute.
  test.each(someOf('devices that train', devices, ([device]) => device === 'wasm'))(
    'trains on drawings in a worker, and the loss falls: %s',
    async (device, steps) => {
      await withPage({ page: example }, async ({ page, origin, complaints }) => {
        await page.goto(`${origin}/?device=${device}`);
        await addDrawing(page, 0);
        await addDrawing(page, 6);
        await page.fill('#steps', String(steps));
        await page.click('#train');
        expect(await ended(page)).toBe('Done.');
        const found = /loss ([\d.]+) \(([\d.]+) at first\)/.exec(
          (await page.textContent('#loss')) ?? '',
        );
        const [, loss, first] = found ?? [];
        expect(Number(loss)).toBeLessThan(Number(first) * 0.8);
        expect(await differenceOf(page, 'after')).toBeLessThan(
          (await differenceOf(page, 'before')) * 0.9,
        );
        expect(await page.isEnabled('#train')).toBe(true);
        expect(complaints).toEqual([]);
      });
    },
    120_000,
  );

  test('takes pictures that are chosen or dropped, and gives the model that learnt them away', async () => {
    await withPage({ page: example }, async ({ page }) => {
      await addDrawing(page, 0);
      // A hasty stroke has no gaps: half-way between two points that the pointer told, there is ink.
      expect(await greyAt(page, '#drawing', 0.5, 0.5)).toBe(0);
      const paper = { width: 60, height: 60, channels: 3, background: '#fff' } as const;
      const stroke = { create: { ...paper, width: 20, height: 50, background: '#000' } };
      const picture = await sharp({ create: paper })
        .composite([{ input: stroke, left: 20, top: 5 }])
        .png()
        .toBuffer();
      await page.setInputFiles('#files', {
        name: 'a.png',
        mimeType: 'image/png',
        buffer: picture,
      });
      await page.waitForSelector('#items li:nth-child(2)');
      const dropped = await page.evaluateHandle(
        (bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(bytes)], 'b.png', { type: 'image/png' }));
          return transfer;
        },
        [...picture],
      );
      await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
      await page.waitForSelector('#items li:nth-child(3)');
      await page.click('#items li:nth-child(2) button');
      expect(await page.locator('#items li').count()).toBe(2);
      expect(await seriousFaults(page)).toEqual([]);

      await page.fill('#steps', '5');
      await page.click('#train');
      expect(await ended(page)).toBe('Done.');
      const drawings = await greysOf(page, '#drawings');
      // White paper was turned over: ink is white to the model.
      expect(drawings[14 * 56 + 28 + 14]).toBeGreaterThan(200);
      expect(drawings[55]).toBe(0);

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click('#download'),
      ]);
      expect(download.suggestedFilename()).toBe('mnist-vae-finetuned.zip');
      const zip = unzipSync(await readFile(await download.path()));
      const files = Object.fromEntries(
        Object.entries(zip).map(([path, bytes]) => [
          path.replace('mnist-vae-finetuned/', ''),
          bytes,
        ]),
      );
      await using vae = await loadAutoencoder(files);
      expect(vae.card).toMatchObject({ name: 'mnist-vae-finetuned', metrics: [] });
      await checkFiles(files);
      const item = (i: number) =>
        Float32Array.from({ length: 784 }, (_, at) => {
          return drawings[Math.floor(at / 28) * 56 + i * 28 + (at % 28)]! / 255;
        });
      const after = await greysOf(page, '#after');
      for (const i of [0, 1]) {
        const { mean } = await vae.reconstruct(item(i));
        const worst = mean.data.reduce((most, value, at) => {
          const shown = after[Math.floor(at / 28) * 56 + i * 28 + (at % 28)]! / 255;
          return Math.max(most, Math.abs(shown - value));
        }, 0);
        // Both are rounded to 8 bits on their way to and from canvases.
        expect(worst).toBeLessThan(0.02);
      }
      expect(await seriousFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    });
  }, 120_000);

  test('shows what it learnt beside what it made, whatever is removed meanwhile', async () => {
    await withPage({ page: example }, async ({ page }) => {
      await addDrawing(page, 0);
      await addDrawing(page, 6);
      for (const steps of ['-3', '0', '2.5', '1000000000', '']) {
        await page.fill('#steps', steps);
        await page.click('#train');
        expect(await statusOf(page)).toBe(
          `Steps: expected a whole number from 1 to 100000, received '${steps}'.`,
        );
      }
      await page.fill('#steps', '4');
      await page.click('#train');
      await page.click('#items li:first-child button');
      expect(await ended(page)).toBe('Done.');
      expect(await page.locator('#items li').count()).toBe(1);
      expect((await greysOf(page, '#drawings')).length).toBe(2 * 784);
    });
  }, 60_000);

  test('adds what can be read, names what cannot, and says what made room', async () => {
    await withPage({ page: example }, async ({ page }) => {
      await page.waitForSelector('body[data-ready]');
      const buffer = await sharp({
        create: { width: 9, height: 9, channels: 3, background: '#fff' },
      })
        .png()
        .toBuffer();
      const file = (name: string, bytes = buffer) => ({
        ...{ name, mimeType: 'image/png' },
        buffer: bytes,
      });
      await page.setInputFiles('#files', [file('a.png'), file('bad.png', Buffer.from('no'))]);
      await page.waitForSelector('#status[data-failed]');
      expect(await statusOf(page)).toMatch(/^1 of at most 12 pictures\. bad\.png .*cannot be read/);
      await page.setInputFiles(
        '#files',
        Array.from({ length: 14 }, (_, i) => file(`${i}.png`)),
      );
      await page.waitForSelector('#items li:nth-child(12)');
      expect(await statusOf(page)).toBe('12 of at most 12 pictures. The first 3 made room.');
    });
  }, 60_000);

  test('stops between steps, and can train again', async () => {
    await withPage({ page: example }, async ({ page }) => {
      await addDrawing(page, 0);
      await page.fill('#steps', '100000');
      await page.click('#train');
      await page.waitForFunction(() =>
        /step [3-9]/.test(document.getElementById('loss')!.textContent ?? ''),
      );
      await page.click('#cancel');
      expect(await ended(page)).toMatch(/Stopped after \d+ steps/);
      await page.fill('#steps', '2');
      await page.click('#train');
      await page.waitForFunction(() =>
        document.getElementById('status')!.textContent?.includes('Done'),
      );
      expect(await page.textContent('#loss')).toMatch(/^step 2 of 2/);
    });
  }, 120_000);

  test('says so where the model is not there, or not wholly', async () => {
    const missing = { '/mnist-vae/': {} };
    await withPage({ page: example, mounts: missing }, async ({ page }) => {
      await page.waitForSelector('#status[data-failed]');
      expect(await statusOf(page)).toMatch(/model\.json: the server answered 404/);
      expect(await page.isEnabled('#add')).toBe(false);
    });
    const card = await readFile(resolve(example, '../../models/mnist-vae/model.json'));
    const half = { '/mnist-vae/': { 'model.json': card } };
    await withPage({ page: example, mounts: half }, async ({ page }) => {
      await addDrawing(page, 0);
      await page.click('#train');
      expect(await ended(page)).toMatch(/failed: .*encoder\.onnx: the server answered 404/);
    });
  }, 60_000);
});
