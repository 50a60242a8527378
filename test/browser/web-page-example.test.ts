import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { seriousFaults } from './accessibility.ts';
import { greyAt, inkOf } from './canvas-pixels.ts';
import { withPage } from './with-page.ts';

const source = resolve(__dirname, '../../examples/web-page');

/** The pixels of a canvas, to see whether they change. */
const looksOf = (page: Page, id: string) =>
  page.evaluate((id) => (document.getElementById(id) as HTMLCanvasElement).toDataURL(), id);

async function changed(page: Page, id: string, from: string): Promise<string> {
  await page.waitForFunction(
    ([id, from]) => (document.getElementById(id!) as HTMLCanvasElement).toDataURL() !== from,
    [id, from],
  );
  return looksOf(page, id);
}

const ready = (page: Page) => page.waitForFunction(() => document.body.dataset['ready'] === 'true');

test('something is there at once; drawing, sliders and samples show what they do while they are used', async () => {
  await withPage({ page: source }, async ({ page, complaints, requests }) => {
    await ready(page);
    expect(await page.textContent('#status')).toMatch(/ on wasm/);
    for (const id of ['drawing', 'reconstruction', 'sample-0', 'sample-15', 'path']) {
      expect(await inkOf(page, `#${id}`)).toBeGreaterThan(5);
    }

    const first = await looksOf(page, 'reconstruction');
    await page.click('#clear');
    let seen = await changed(page, 'reconstruction', first);
    expect(await inkOf(page, '#drawing')).toBe(0);
    const box = (await page.locator('#drawing').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.15);
    await page.mouse.down();
    // One jump, as of a hasty hand: the stroke has no gap.
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.85);
    seen = await changed(page, 'reconstruction', seen);
    expect(await greyAt(page, '#drawing', 0.5, 0.5)).toBe(255);
    await page.mouse.up();
    // The last of the stroke is drawn a frame later.
    await page.waitForTimeout(500);
    // An upright stroke is a one to the model: its reconstruction has ink where the drawing has.
    expect(await greyAt(page, '#reconstruction', 0.5, 0.5)).toBeGreaterThan(100);
    seen = await looksOf(page, 'reconstruction');
    await page.locator('#sliders input').first().focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    const moved = await changed(page, 'reconstruction', seen);
    await page.click('#reset');
    expect(await changed(page, 'reconstruction', moved)).toBe(seen);

    const path = await looksOf(page, 'path');
    await page.click('#samples button:nth-child(5)');
    await changed(page, 'path', path);
    expect(await page.getAttribute('#samples button:nth-child(5)', 'aria-pressed')).toBe('true');
    const sample = await looksOf(page, 'sample-3');
    await page.click('#more');
    const other = await changed(page, 'sample-3', sample);
    await page.fill('#seed', '1');
    expect(await changed(page, 'sample-3', other)).toBe(sample);
    expect(complaints).toEqual([]);
    expect(requests.some((path) => path.includes('asyncify'))).toBe(false);
  });
});

test('what went wrong is said until it goes well again', async () => {
  await withPage({ page: source }, async ({ page }) => {
    await ready(page);
    await page.fill('#seed', '100000000000000000000');
    await page.waitForSelector('#status[data-failed]');
    await page.fill('#seed', '7');
    await page.waitForSelector('#status:not([data-failed])');
    expect(await page.textContent('#status')).toMatch(/ on wasm/);
  });
});

test('one draws by keyboard alone', async () => {
  await withPage({ page: source }, async ({ page }) => {
    await ready(page);
    await page.locator('#surface').focus();
    await page.keyboard.press('Delete');
    expect(await inkOf(page, '#drawing')).toBe(0);
    await page.keyboard.press('ArrowUp');
    expect(await inkOf(page, '#drawing')).toBe(0);
    await page.keyboard.press(' ');
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    const line = await inkOf(page, '#drawing');
    expect(line).toBeGreaterThan(3);
    await page.keyboard.press('ArrowRight');
    expect(await inkOf(page, '#drawing')).toBe(line);
    expect(await page.isVisible('#cursor')).toBe(true);
  });
});

test('it fits a phone, and axe finds no serious fault, in light and dark', async () => {
  await withPage({ page: source }, async ({ page }) => {
    await ready(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, height] of [
        [1200, 900],
        [360, 740],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height });
        expect(await seriousFaults(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
    }
    // A fault that it must find.
    await page.evaluate(() =>
      document.getElementById('seed')!.parentElement!.replaceWith(document.createElement('input')),
    );
    expect(await seriousFaults(page)).toEqual([expect.stringMatching(/^label/)]);
  });
});
