import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withPage } from './with-page.ts';

/** The sum of a canvas's grey values. */
const inkOf = (page: Page, id: string) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement;
    const { data } = canvas
      .getContext('2d', { willReadFrequently: true })!
      .getImageData(0, 0, canvas.width, canvas.height) as ImageData;
    return data.reduce((sum, value, i) => (i % 4 === 0 ? sum + value : sum), 0);
  }, id);

test('the example page encodes a drawing, samples, and interpolates', async () => {
  const source = resolve(__dirname, '../../examples/web-page');
  await withPage({ page: source }, async ({ page, complaints, requests }) => {
    await page.waitForFunction(() =>
      document.getElementById('status')!.textContent?.includes(' on '),
    );
    expect(await page.textContent('#status')).toMatch(/ on wasm$/);
    for (const id of ['reconstruction', 'samples', 'path']) expect(await inkOf(page, id)).toBe(0);

    const box = (await page.locator('#drawing').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.15);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.85, { steps: 25 });
    await page.mouse.up();
    await page.waitForFunction(() => document.getElementById('code')!.textContent !== '');
    // An upright stroke is a one to the model: its reconstruction has ink where the drawing has.
    expect(await inkOf(page, 'reconstruction')).toBeGreaterThan((await inkOf(page, 'drawing')) / 4);

    await page.click('#sample');
    await page.waitForFunction(() => {
      const canvas = document.getElementById('path') as HTMLCanvasElement;
      return canvas
        .getContext('2d', { willReadFrequently: true })!
        .getImageData(0, 0, 28, 28)
        .data.some((value) => value > 0);
    });
    expect(await inkOf(page, 'samples')).toBeGreaterThan(1000);
    expect(complaints).toEqual([]);
    expect(requests.some((path) => path.includes('asyncify'))).toBe(false);
  });
});
