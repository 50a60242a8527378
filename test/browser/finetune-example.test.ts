import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withPage } from './with-page.ts';

const example = resolve(__dirname, '../../examples/finetune');

/** Draws a zigzag, which is no digit, and adds it. */
async function addDrawing(page: Page, offset: number): Promise<void> {
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
    await page.mouse.move(...at(x, y), { steps: 12 });
  }
  await page.mouse.up();
  await page.click('#add');
}

const statusOf = async (page: Page) => (await page.textContent('#status')) ?? '';

/** Waits for the end of training; the status line. */
async function ended(page: Page): Promise<string> {
  await page.waitForFunction(
    () => /done|cancelled|failed/.test(document.getElementById('status')!.textContent ?? ''),
    undefined,
    { timeout: 90_000 },
  );
  return statusOf(page);
}

/** How far a row of reconstructions is from the drawings: the mean difference in grey values. */
const differenceOf = (page: Page, id: string) =>
  page.evaluate((id) => {
    const pixels = (name: string) =>
      (document.getElementById(name) as HTMLCanvasElement)
        .getContext('2d', { willReadFrequently: true })!
        .getImageData(0, 0, 56, 28).data;
    const [drawings, made] = [pixels('drawings'), pixels(id)];
    let sum = 0;
    for (let i = 0; i < made.length; i += 4) {
      sum += Math.abs((drawings[i] as number) - (made[i] as number));
    }
    return sum / (made.length / 4);
  }, id);

describe('the fine-tuning example', () => {
  test.each([
    ['wasm', 40],
    ['webgpu', 8],
  ] as const)(
    'trains on drawings in a worker, and the loss falls: %s',
    async (device, steps) => {
      await withPage({ page: example }, async ({ page, origin, complaints }) => {
        await page.goto(`${origin}/?device=${device}`);
        await addDrawing(page, 0);
        await addDrawing(page, 6);
        await page.fill('#steps', String(steps));
        await page.click('#train');
        const status = await ended(page);
        const [, loss, first] = /loss ([\d.]+) \(([\d.]+) at first\), done/.exec(status) ?? [
          status,
        ];
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

  test('cancels between steps, and can train again', async () => {
    await withPage({ page: example }, async ({ page }) => {
      await addDrawing(page, 0);
      await page.fill('#steps', '100000');
      await page.click('#train');
      await page.waitForFunction(() =>
        /step [3-9]/.test(document.getElementById('status')!.textContent ?? ''),
      );
      await page.click('#cancel');
      expect(await ended(page)).toMatch(/cancelled after \d+ steps/);
      await page.fill('#steps', '2');
      await page.click('#train');
      await page.waitForFunction(() =>
        document.getElementById('status')!.textContent?.includes('done'),
      );
      expect(await statusOf(page)).toMatch(/^step 2 of 2/);
    });
  }, 120_000);

  test('says so where the model is not there', async () => {
    const missing = { '/mnist-vae/': {} };
    await withPage({ page: example, mounts: missing }, async ({ page }) => {
      await addDrawing(page, 0);
      await page.click('#train');
      expect(await ended(page)).toMatch(/failed: .*encoder\.onnx: the server answered 404/);
    });
  }, 60_000);
});
