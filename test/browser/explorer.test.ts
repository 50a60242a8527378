import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type ServedSite, serveSite } from '@latentkit/explorer';
import { encodeImages, loadAutoencoder } from '@latentkit/node';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { someOf } from '../setup/tier.ts';
import { seriousFaults } from './accessibility.ts';
import { greysOf } from './canvas-pixels.ts';
import { launchChromium } from './chromium.ts';
import { strokeItems, strokesSite } from './explorer-site.ts';

jest.setTimeout(180_000);

const MODEL = resolve(__dirname, '../../models/mnist-vae');
const COUNT = 240;
const WIDE: BrowserContextOptions = { viewport: { width: 1200, height: 800 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true };

let browser: Browser;
let made: Awaited<ReturnType<typeof strokesSite>>;
let served: ServedSite;

beforeAll(async () => {
  [browser, made] = await Promise.all([launchChromium(), strokesSite('mnist-vae', COUNT)]);
  served = await serveSite(made.site);
});
afterAll(async () => {
  await browser?.close();
  await served?.close();
  await made?.remove();
});

interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  close(): Promise<void>;
}

interface OpenOptions extends BrowserContextOptions {
  readonly hash?: string;
  readonly url?: string;
  /** Done before the page is loaded. */
  readonly before?: (page: Page) => Promise<unknown>;
}

/** Opens the explorer in a profile of its own. */
async function opened({
  hash = '',
  url = served.url,
  before,
  ...options
}: OpenOptions = WIDE): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // What the driver of software WebGL says of its own speed, when a screenshot is made.
    if (/^\[\.WebGL-.*GPU stall/.test(message.text())) return;
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  await before?.(page);
  await page.goto(`${url}${hash}`);
  await ready(page);
  return { page, complaints, close: () => context.close() };
}

async function open<T>(use: (opened: Opened) => Promise<T>, options?: OpenOptions): Promise<T> {
  const one = await opened(options);
  try {
    return await use(one);
  } finally {
    await one.close();
  }
}

/** The wide page that most tests share: to load ONNX Runtime takes longer than most of what is done with it. */
let wide: Opened;
beforeAll(async () => {
  wide = await opened();
});
afterAll(() => wide?.close());

/** Goes to an address in the wide page, as by a link. */
async function visit(hash = ''): Promise<Opened> {
  const { page, complaints } = wide;
  complaints.length = 0;
  await page.evaluate((hash) => {
    location.hash = hash || '#at=item:0';
  }, hash);
  await settled(page, '#picture');
  return wide;
}

const ready = (page: Page) =>
  page.waitForFunction(
    () => document.body.dataset['ready'] === 'true' || document.querySelector('[data-failed]'),
  );

/** Waits until a canvas looks otherwise. */
async function changed(page: Page, selector: string, from: readonly number[]): Promise<number[]> {
  for (;;) {
    const now = await greysOf(page, selector);
    if (now.some((grey, i) => grey !== from[i])) return now;
    await page.waitForTimeout(50);
  }
}

/** Waits until a canvas stays as it is. */
async function settled(page: Page, selector: string): Promise<number[]> {
  let before = await greysOf(page, selector);
  for (;;) {
    await page.waitForTimeout(150);
    const now = await greysOf(page, selector);
    if (now.every((grey, i) => grey === before[i])) return now;
    before = now;
  }
}

/** Shares of the pixels of a part of the page that are neither its paper nor nearly. */
async function inkOfMap(page: Page): Promise<number> {
  const png = await page.locator('.canvases').screenshot();
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let ink = 0;
  for (let i = 0; i < data.length; i += info.channels) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 60) ink += 1;
  }
  return ink / (info.width * info.height);
}

/** Largest difference between 8-bit greys and values in [0, 1]. */
const worst = (greys: readonly number[], values: Float32Array) =>
  greys.reduce((most, grey, i) => Math.max(most, Math.abs(grey / 255 - values[i]!)), 0);

/** Where the marker is on the page. */
async function markerAt(page: Page): Promise<{ x: number; y: number }> {
  const { x, y, width, height } = (await page.locator('#marker').boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
}

/** How many times longer than on an idle core a loop takes, whatever else the machine does. */
const slownessOf = (page: Page) =>
  page.evaluate(() => {
    const began = performance.now();
    let sum = 1;
    for (let i = 0; i < 1e8; i++) sum = Math.imul(sum ^ i, 31);
    // Never so: that the loop is not left out.
    return sum === 0.5 ? 0 : (performance.now() - began) / 120;
  });

const mapBox = async (page: Page) => (await page.locator('#surface').boundingBox())!;

test('the map appears, the pointer decodes, and a point is drawn as the model draws it', async () => {
  const { page, complaints } = await visit();
  expect(await page.textContent('#title')).toBe('mnist-vae');
  expect(await page.textContent('#subtitle')).toBe('240 pictures of strokes, each as 20 numbers');
  expect(await page.textContent('#badge')).toBe('WASM');
  // By software WebGL would be slower: on a machine with a GPU it is 'webgl'.
  expect(await page.getAttribute('body', 'data-map')).toMatch(/^(webgl|canvas)$/);
  expect(await inkOfMap(page)).toBeGreaterThan(0.002);

  // The bench begins with the first item: what the page draws is what the model draws in Node.
  await using vae = await loadAutoencoder(MODEL);
  const batch = (await strokeItems(1).batches(undefined)[Symbol.asyncIterator]().next()).value!;
  const { mean } = await vae.reconstruct(batch.items);
  expect(worst(await settled(page, '#picture'), mean.data)).toBeLessThan(0.01);

  const lens = '#lens canvas';
  const at = await markerAt(page);
  await page.mouse.move(at.x + 30, at.y + 8);
  await page.locator('#lens').waitFor();
  const beside = await settled(page, lens);
  const { x, y, width, height } = await mapBox(page);
  await page.mouse.move(x + width / 2, y + height / 2);
  const middle = await changed(page, lens, beside);
  expect(Math.max(...middle)).toBeGreaterThan(60);
  expect(await page.textContent('#lens span')).toMatch(/in between|stroke-\d+/);
  await page.mouse.move(x + width + 50, y);
  await page.locator('#lens').waitFor({ state: 'hidden' });
  expect(complaints).toEqual([]);
});

test('sliders edit, back undoes, and the address brings all of it back', async () => {
  const seen = await (async () => {
    const { page, complaints } = await visit();
    const first = await settled(page, '#picture');
    await page.click('#tab-change');
    await page.locator('#directions input').first().focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    const edited = await changed(page, '#picture', first);
    expect(await page.textContent('#directions output')).toBe('+1.5');
    expect(await page.textContent('#stage-note')).toMatch(/, edited$/);
    await page.click('#reset');
    await page.waitForTimeout(400);
    expect(await settled(page, '#picture')).toEqual(first);

    await page.locator('#dimensions input').first().fill('-2');
    await changed(page, '#picture', first);
    await page.selectOption('#layout', 'pca');
    await page.selectOption('#colour', 'factor_thickness');
    await page.locator('#closer').click();
    await page.waitForFunction(() => location.hash.includes('view='));
    expect(edited).not.toEqual(first);
    const hash = new URL(page.url()).hash;
    expect(hash).toMatch(
      /map=pca&colour=factor_thickness&view=.*&at=item:0.*&edit=z\d+:-.*&tab=change/,
    );
    expect(complaints).toEqual([]);
    return { hash, picture: await settled(page, '#picture'), marker: await markerAt(page) };
  })();
  await open(
    async ({ page }) => {
      expect(await settled(page, '#picture')).toEqual(seen.picture);
      expect(await page.inputValue('#layout')).toBe('pca');
      expect(await page.inputValue('#colour')).toBe('factor_thickness');
      expect(await page.getAttribute('#tab-change', 'aria-selected')).toBe('true');
      const marker = await markerAt(page);
      expect(Math.hypot(marker.x - seen.marker.x, marker.y - seen.marker.y)).toBeLessThan(2);
      await page.click('#tab-near');
      await page.click('#nearest button');
      expect(await page.textContent('#stage-name')).not.toBe('stroke-0');
      await page.goBack();
      expect(await page.textContent('#stage-name')).toBe('stroke-0');
      expect(await settled(page, '#picture')).toEqual(seen.picture);
      await page.goBack();
      expect(await page.getAttribute('#tab-change', 'aria-selected')).toBe('true');
    },
    { ...WIDE, hash: seen.hash },
  );
});

test('lines of density go around where pictures crowd, by button, key and address', async () => {
  const { page, complaints } = await visit('#at=item:0&map=pca');
  const lines = '#density-lines[data-bands="5"]';
  /** Columns of the canvas that the lines reach, as shares of its width. */
  const reach = () =>
    page.evaluate(() => {
      const canvas = document.querySelector('#density-lines') as HTMLCanvasElement;
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height);
      const context = copy.getContext('2d', { willReadFrequently: true })!;
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const inked = Array.from({ length: width }, (_, x) => x).filter((x) =>
        Array.from({ length: height }, (_, y) => data[4 * (y * width + x) + 3]!).some(Boolean),
      );
      return inked.length === 0 ? 0 : (inked.at(-1)! - inked[0]!) / width;
    });
  expect(await reach()).toBe(0);
  await page.click('#density');
  await page.waitForSelector(lines, { state: 'attached' });
  await page.waitForTimeout(100);
  const all = await reach();
  expect(all).toBeGreaterThan(0.2);
  expect(await page.textContent('.tints')).toBe('inside each line90 %75 %50 %25 %10 %');
  // Of one class alone, where one is brought forward.
  await page.selectOption('#colour', 'label');
  await page.click('[aria-label="Only 1"]');
  await page.waitForFunction(() => location.hash.includes('focus='));
  expect(new URL(page.url()).hash).toContain('&density=on');
  await expect(page.waitForTimeout(600).then(reach)).resolves.toBeLessThan(all);
  await page.focus('#surface');
  await page.keyboard.press('d');
  expect(await page.getAttribute('#density', 'aria-pressed')).toBe('false');
  expect(await page.isVisible('.tints')).toBe(false);
  await page.waitForTimeout(100);
  expect(await reach()).toBe(0);
  await page.goBack();
  await page.waitForSelector(lines, { state: 'attached' });
  expect(complaints).toEqual([]);
});

test('a morph is walked, played and saved', async () => {
  const { page, complaints } = await visit('#tab=morph&from=item:3&to=item:8&at=item:3');
  await settled(page, '#film');
  const start = await settled(page, '#picture');
  await page.locator('#time').fill('30');
  const half = await changed(page, '#picture', start);
  expect(await page.textContent('#stage-name')).toBe('50 % of the way');
  await page.click('#play');
  expect(await page.textContent('#play')).toBe('Pause');
  await changed(page, '#picture', half);
  await page.waitForFunction(() => document.getElementById('play')!.textContent === 'Play');
  expect(await page.inputValue('#time')).toBe('60');
  // A way takes 2.6 s; GIFs have hundredths of seconds alone.
  for (const [format, ms] of [
    ['webp', 104],
    ['gif', 100],
  ] as const) {
    const button = `#save-${format}`;
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
    expect(download.suggestedFilename()).toBe(`morph.${format}`);
    const path = await download.path();
    // 28 pixels become 196, seven for each; 25 frames there, 23 back.
    const file = sharp(path, { animated: true });
    const size = { width: 196, pageHeight: 196, pages: 48, loop: 0 };
    expect(await file.metadata()).toMatchObject({ format, ...size, delay: Array(48).fill(ms) });
    await rm(path, { force: true });
  }
  expect(complaints).toEqual([]);
});

test('a picture that is given is placed among those like it, with score and reconstruction', async () => {
  await using vae = await loadAutoencoder(MODEL);
  // One of the items itself: its nearest neighbour is known.
  const { items } = (await strokeItems(20).batches(undefined)[Symbol.asyncIterator]().next())
    .value!;
  const given = (items as Float32Array).subarray(11 * 784, 12 * 784);
  const item = { data: given, dims: [1, 28, 28, 1], dtype: 'float32' } as const;
  const [png] = await encodeImages(item, vae.card);
  const { page, complaints } = await visit();
  await page.setInputFiles('#own', {
    ...{ name: 'mine.png', mimeType: 'image/png' },
    buffer: Buffer.from(png!),
  });
  await page.waitForFunction(
    () => document.getElementById('stage-name')!.textContent === 'mine.png',
  );
  expect(await page.getAttribute('#nearest button', 'aria-label')).toMatch(/^stroke-11, 0\.0/);
  expect(await page.textContent('.facts')).toMatch(/Score−\d+\.\d nats, higher than \d+ %/);
  const { mean } = await vae.reconstruct(given);
  const picture = await settled(page, '#picture');
  expect(worst(picture, mean.data)).toBeLessThan(0.01);
  expect(worst(await greysOf(page, '#original'), given)).toBeLessThan(0.01);
  expect(await page.isVisible('#difference')).toBe(true);
  const mine = await markerAt(page);
  await page.click('#nearest button');
  const other = await markerAt(page);
  expect(Math.hypot(mine.x - other.x, mine.y - other.y)).toBeLessThan(3);

  // The same, dropped.
  await page.evaluate(
    async (bytes) => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], 'dropped.png', { type: 'image/png' }));
      for (const type of ['dragenter', 'drop']) {
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }),
        );
      }
    },
    [...png!],
  );
  await page.waitForFunction(
    () => document.getElementById('stage-name')!.textContent === 'dropped.png',
  );
  expect(await page.isVisible('#drop')).toBe(false);
  expect(complaints).toEqual([]);
});

test('beside the map the tabs and pictures fit at every width', async () => {
  const { page } = await visit('#at=item:0');
  for (const width of [390, 840, 880, 960, 1024, 1100, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const beyond = await page.evaluate(() => {
      const { scrollWidth } = document.documentElement;
      const ends = ['#tab-model', '#difference-figure'].map(
        (selector) => document.querySelector(selector)!.getBoundingClientRect().right,
      );
      return Math.max(scrollWidth, ...ends);
    });
    expect([width, beyond <= width]).toEqual([width, true]);
  }
  await page.setViewportSize(WIDE.viewport!);
});

test('what went wrong, or was left out, is said until something else is done', async () => {
  const { page } = await visit();
  const counts = '240 pictures of strokes, each as 20 numbers';
  const image = async (name: string) => ({
    ...{ name, mimeType: 'image/png' },
    buffer: await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
      .png()
      .toBuffer(),
  });
  await page.setInputFiles('#own', { ...(await image('bad.png')), buffer: Buffer.from('no') });
  await page.waitForSelector('#subtitle[data-failed]');
  await page.setInputFiles('#own', await image('good.png'));
  await page.waitForFunction(() => !document.querySelector('#subtitle[data-failed]'));
  expect(await page.textContent('#subtitle')).toBe(counts);
  const names = ['a.png', 'b.png'];
  const files = await page.evaluateHandle(
    ({ names, bytes }) => {
      const transfer = new DataTransfer();
      for (const name of names) {
        transfer.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
      }
      return transfer;
    },
    { names, bytes: [...(await image('a.png')).buffer] },
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: files });
  await page.waitForFunction(() =>
    document.getElementById('subtitle')!.textContent!.startsWith('Only'),
  );
  expect(await page.textContent('#subtitle')).toBe('Only a.png is shown, the first of 2 pictures.');
  await page.click('#nearest button');
  expect(await page.textContent('#subtitle')).toBe(counts);
});

test('groups are lassoed or taken by label, and what tells them apart is added', async () => {
  const { page, complaints } = await visit();
  const before = await settled(page, '#picture');
  await page.click('#lasso');
  const { x, y, width, height } = await mapBox(page);
  await page.mouse.move(x + 0.1 * width, y + 0.1 * height);
  await page.mouse.down();
  for (const [right, down] of [
    [0.9, 0.1],
    [0.9, 0.9],
    [0.1, 0.9],
  ] as const) {
    await page.mouse.move(x + right * width, y + down * height, { steps: 3 });
  }
  await page.mouse.up();
  expect(await page.getAttribute('#tab-mix', 'aria-selected')).toBe('true');
  expect(await page.textContent('#panel-mix .block p')).toMatch(/^\d{3} pictures$/);
  await page.selectOption('#group-0', '1');
  await page.selectOption('#group-1', '8');
  await settled(page, '#sum');
  await page.click('#take');
  await changed(page, '#picture', before);
  expect(await page.textContent('#stage-name')).toBe('stroke-0 + 1.0 × the difference');

  await page.click('#lasso');
  await page.click('#tab-sample');
  const samples = await settled(page, '#samples button:nth-child(3) canvas');
  await page.click('#more');
  await changed(page, '#samples button:nth-child(3) canvas', samples);
  await page.fill('#seed', '1');
  await page.click('#samples button:nth-child(3)');
  expect(await page.textContent('#stage-name')).toBe('Sample 3');
  expect(await settled(page, '#picture')).toEqual(samples);
  await page.click('#tab-model');
  expect(await page.textContent('#use')).toMatch(/^\d+ of 20 dimensions are in use, which carry/);
  await page.click('#outliers button');
  expect(await page.textContent('#stage-name')).toMatch(/^stroke-\d+$/);
  expect(complaints).toEqual([]);
});

test('where the axes are dimensions, the picture is exactly theirs', async () => {
  await using vae = await loadAutoencoder(MODEL);
  const { items } = (await strokeItems(5).batches(undefined)[Symbol.asyncIterator]().next()).value!;
  const { data: z } = await vae.encoder.embed((items as Float32Array).subarray(3 * 784, 4 * 784));
  const { page } = await visit('#map=z10,z19&at=item:3&base=3');
  // At the item's own place, the two dimensions are those that it has already.
  await page.focus('#surface');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  expect(await page.textContent('#stage-note')).toBe('Exactly what these two dimensions say');
  const there = await vae.decoder.decode(z);
  expect(worst(await settled(page, '#picture'), there.mean.data)).toBeLessThan(0.02);
  for (let i = 0; i < 6; i++) await page.keyboard.press('Shift+ArrowRight');
  const away = await settled(page, '#picture');
  // Only the dimension across has changed: some value of it gives this picture.
  let least = 1;
  for (let step = 0; step <= 400; step++) {
    const moved = z.slice();
    moved[10]! += step / 40;
    least = Math.min(least, worst(away, (await vae.decoder.decode(moved)).mean.data));
  }
  expect(least).toBeLessThan(0.03);
  expect(worst(away, there.mean.data)).toBeGreaterThan(0.2);
});

test('by keyboard alone: the map, its pictures, the tabs', async () => {
  const { page, complaints } = await visit();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.id === 'surface')) break;
  }
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('surface');
  const before = await markerAt(page);
  const first = await settled(page, '#picture');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('ArrowDown');
  await changed(page, '#picture', first);
  expect(await page.textContent('#stage-name')).toBe('In between');
  const after = await markerAt(page);
  expect(before.x - after.x).toBeCloseTo(48, 0);
  expect(after.y - before.y).toBeCloseTo(8, 0);
  await page.keyboard.press('Enter');
  const nearest = await page.textContent('#stage-name');
  expect(nearest).toMatch(/^stroke-/);
  expect(await page.textContent('#said')).toContain(nearest!);
  await page.keyboard.press('n');
  await page.keyboard.press('n');
  expect(await page.textContent('#stage-name')).not.toBe(nearest);
  await page.keyboard.press('+');
  await page.waitForTimeout(700);
  expect(page.url()).toContain('tab=near');
  await page.keyboard.press('0');

  // On to the tabs, which are one stop, and along them.
  await page.focus('#tab-near');
  await page.keyboard.press('ArrowRight');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-change');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('#panel-change') !== null)).toBe(
    true,
  );
  await page.keyboard.press('ArrowRight');
  expect(await page.textContent('#stage-note')).toMatch(/edited$/);
  await page.fill('#query', 'stroke-42');
  await page.press('#query', 'Enter');
  expect(await page.textContent('#stage-name')).toBe('stroke-42');
  expect(complaints).toEqual([]);
});

test('after a first visit it opens without a network', async () => {
  const { page, complaints } = await visit();
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state === 'activated') return;
    await new Promise((done) => active?.addEventListener('statechange', done, { once: true }));
  });
  await page.context().setOffline(true);
  try {
    await page.reload();
    await ready(page);
    expect(await page.textContent('#subtitle')).toMatch(/^240 pictures/);
    expect(Math.max(...(await settled(page, '#picture')))).toBeGreaterThan(100);
    await page.click('#nearest button');
  } finally {
    await page.context().setOffline(false);
  }
  expect(complaints.filter((text) => !text.includes('The card of the last visit'))).toEqual([]);
});

test('the map waits for no model, the first picture for no encoder', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: string[] = [];
  let early: Promise<string | null> | undefined;
  await open(
    async ({ page }) => {
      expect(await early).toBeNull();
      expect(await page.getAttribute('body', 'data-ready')).toBe('true');
      await settled(page, '#picture');
      // What was not needed for it comes afterwards, for the time without a network.
      expect(asked).toEqual(['decoder.onnx']);
      await page.waitForRequest(/encoder\.onnx/, { timeout: 30_000 });
      // Again, from what is kept.
      const before = await slownessOf(page);
      await page.reload();
      await ready(page);
      await page.waitForFunction(() => performance.getEntriesByName('first picture').length === 1);
      const [first] = await page.evaluate(() =>
        performance.getEntriesByName('first picture').map(({ startTime }) => startTime),
      );
      expect(first).toBeLessThan(4000 * Math.max(1, before, await slownessOf(page)));
    },
    {
      ...WIDE,
      before: async (page) => {
        await page.route('**/*.onnx', async (route) => {
          asked.push(new URL(route.request().url()).pathname.split('/').at(-1)!);
          await held;
          await route.continue();
        });
        // The points are there, and the decoder is not.
        early = page
          .waitForSelector('[data-map]', { state: 'attached' })
          .then(() => page.getAttribute('body', 'data-ready'))
          .finally(release);
      },
    },
  );
});

describe('on a phone', () => {
  test('one taps, drags the marker, and nothing is wider than the page', async () => {
    await open(async ({ page, complaints }) => {
      const { x, y, width, height } = await mapBox(page);
      const first = await settled(page, '#picture');
      await page.touchscreen.tap(x + width / 2, y + height / 2);
      const tapped = await changed(page, '#picture', first);
      const at = await markerAt(page);
      expect(Math.hypot(at.x - x - width / 2, at.y - y - height / 2)).toBeLessThan(12);
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
      await page.mouse.move(at.x - 90, at.y + 60, { steps: 4 });
      await page.mouse.up();
      await changed(page, '#picture', tapped);
      expect(await page.textContent('#stage-name')).toBe('In between');
      const moved = await markerAt(page);
      expect(moved.x).toBeCloseTo(at.x - 90, 0);
      expect(complaints).toEqual([]);
    }, PHONE);
  });
});

test.each([
  ['wide', WIDE],
  ['phone', PHONE],
])(
  'axe finds no serious fault, light and dark, and nothing is wider than the page: %s',
  async (_, size) => {
    await open(async ({ page }) => {
      for (const tab of ['near', 'change', 'morph', 'mix', 'sample', 'model']) {
        await page.click(`#tab-${tab}`);
        // The same elements, wide or narrow: each is looked at once.
        if (size === WIDE) expect([tab, await seriousFaults(page)]).toEqual([tab, []]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(
          size.viewport!.width,
        );
      }
      expect(await seriousFaults(page)).toEqual([]);
      await page.click('#theme');
      expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
      expect(await seriousFaults(page)).toEqual([]);
      // A fault that it must find.
      await page.evaluate(() => document.getElementById('further')!.removeAttribute('aria-label'));
      expect(await seriousFaults(page)).toEqual([expect.stringMatching(/^button-name/)]);
    }, size);
  },
);

test.each([
  // A driver that does not say that it draws by software.
  ['webgl', 'WebGL2RenderingContext', 'getExtension', 'WEBGL_debug_renderer_info'],
  ['canvas', 'HTMLCanvasElement', 'getContext', 'webgl2'],
])('the points are drawn by %s', async (painter, owner, method, without) => {
  const script = `
    const { ${method}: own } = ${owner}.prototype;
    ${owner}.prototype.${method} = function (...given) {
      return given[0] === '${without}' ? null : own.apply(this, given);
    };`;
  await open(
    async ({ page, complaints }) => {
      expect(await page.getAttribute('body', 'data-map')).toBe(painter);
      expect(await inkOfMap(page)).toBeGreaterThan(0.002);
      expect(complaints).toEqual([]);
    },
    { ...WIDE, before: (page) => page.addInitScript(script) },
  );
});

test('says what is missing, and an address of another site is no harm', async () => {
  await open(
    async ({ page }) => {
      expect(await page.textContent('#subtitle')).toBe(
        'data/points.parquet: the server answered 404.',
      );
    },
    {
      ...WIDE,
      before: (page) =>
        page.route('**/points.parquet', (route) => route.fulfill({ status: 404, body: '' })),
    },
  );
  const { page, complaints } = await visit(
    '#map=z1,z900&colour=none&view=a,b,-1&at=item:99999&edit=z3:x,:2&tab=no&base=-1&from=place:1',
  );
  expect(await page.textContent('#stage-name')).toMatch(/^stroke-/);
  expect(await page.inputValue('#layout')).toBe('umap');
  expect(complaints).toEqual([]);
});

test('a view ends where the map does, by address, button and key', async () => {
  const { page, complaints } = await visit('#view=1e300,0.5,300');
  await page.click('#whole');
  await page.waitForFunction(() => !location.hash.includes('view='));
  await visit('#view=0.5,0.5,300');
  for (const press of [
    () => page.click('#closer'),
    () => page.click('#closer'),
    () => page.press('#surface', '+'),
  ]) {
    await press();
    // Its way there, and a moment until it is on the address.
    await page.waitForTimeout(700);
    expect(new URL(page.url()).hash).toMatch(/view=[^&]*,400(&|$)/);
  }
  await page.click('#whole');
  expect(complaints).toEqual([]);
});

test('WebGPU is in a site that was written with it, and the badge says what runs', async () => {
  const runtimes = (site: string) => readdir(join(site, 'runtime'));
  expect(await runtimes(made.site)).toEqual(['ort-wasm-simd-threaded.wasm']);
  // What a site does not have is not asked for, whatever an address says.
  const other = await strokesSite('mnist-vae', 24, { webgpu: true });
  const server = await serveSite(other.site);
  try {
    expect((await runtimes(other.site)).sort()).toEqual([
      'ort-wasm-simd-threaded.asyncify.wasm',
      'ort-wasm-simd-threaded.wasm',
    ]);
    const pictures: number[][] = [];
    for (const [address, badge] of [
      [server.url, 'WASM'],
      [`${server.url}?device=webgpu`, 'WebGPU'],
      [`${served.url}?device=webgpu`, 'WASM'],
    ] as const) {
      await open(
        async ({ page }) => {
          expect([address, await page.textContent('#badge')]).toEqual([address, badge]);
          pictures.push(await settled(page, '#picture'));
        },
        { ...WIDE, url: address },
      );
    }
    const [wasm, webgpu] = pictures as [number[], number[]];
    expect(Math.max(...wasm)).toBeGreaterThan(100);
    // Of 255: the same picture, by other kernels.
    for (const [i, grey] of wasm.entries()) expect(Math.abs(grey - webgpu[i]!)).toBeLessThan(3);
  } finally {
    await server.close();
    await other.remove();
  }
});

/** What is tried of a model beyond what is tried of all. */
type Trial = (page: Page, first: readonly number[]) => Promise<void>;

const hashOf = (page: Page) => page.evaluate(() => location.hash);

const conditioned: Trial = async (page, first) => {
  expect(await page.isVisible('#condition')).toBe(true);
  await page.selectOption('#label', '1');
  await changed(page, '#picture', first);
};

const cells: Trial = async (page, first) => {
  await page.click('#tab-change');
  expect(await page.locator('#cells button').count()).toBe(49);
  expect(await page.isVisible('#dimensions')).toBe(false);
  await page.click('#cells button:nth-of-type(25)');
  await page.keyboard.press('ArrowUp');
  expect(await page.textContent('#cell-title')).toMatch(
    /^Row 3, column 4: the codes most like \d+$/,
  );
  await settled(page, '#codes button:nth-child(12) canvas');
  const promised = await greysOf(page, '#codes button:nth-child(12) canvas');
  const code = await page.textContent('#codes button:nth-child(12) span');
  await page.click('#codes button:nth-child(12)');
  await changed(page, '#picture', first);
  // The picture is the one that was shown for the code, and not that code's cell alone changes.
  expect(await settled(page, '#picture')).toEqual(promised);
  expect(await hashOf(page)).toContain(`&cells=17:${code}`);
  expect(await page.getAttribute('#cells button:nth-of-type(18)', 'aria-label')).toBe(
    `Row 3, column 4: code ${code}`,
  );
  await page.fill('#code', '0');
  await page.press('#code', 'Enter');
  await page.waitForFunction(() => location.hash.includes('cells=17:0&'));
  await page.click('#reset');
  await page.waitForFunction(() => !location.hash.includes('cells='));
  expect(await settled(page, '#picture')).toEqual(first);
};

const levels: Trial = async (page, first) => {
  await page.click('#tab-change');
  await page.selectOption('#level', '1');
  expect(await page.locator('#dimensions .slider').count()).toBe(8);
  expect(await page.locator('#dimensions .slider >> text=level 1').count()).toBe(0);
  await page.locator('#dimensions input').first().fill('3');
  await changed(page, '#picture', first);
  expect(await hashOf(page)).not.toMatch(/edit=z[0-3]:/);
  await page.click('#reset');
  // Draws of one level alone: where its temperature is 0, all are one picture.
  await page.click('#tab-sample');
  await page.selectOption('#sample-level', '1');
  await page.waitForFunction(() => location.hash.includes('sampling=prior,1,0.9,1'));
  const some = await settled(page, '#samples button:nth-child(2) canvas');
  await page.fill('#temperature', '0');
  const one = await changed(page, '#samples button:nth-child(2) canvas', some);
  expect(await settled(page, '#samples button:nth-child(3) canvas')).toEqual(one);
  // The other levels stay those of the picture that was on the bench.
  await page.click('#samples button:nth-child(2)');
  await page.waitForFunction(() => location.hash.includes('&base=0&'));
  expect(await settled(page, '#picture')).toEqual(one);
};

const WALKED: readonly [
  model: string,
  sample: RegExp | undefined,
  words: RegExp,
  trial: Trial | undefined,
][] = [
  ['strokes-ae', undefined, /no prior to draw from/, undefined],
  ['strokes-cvae', /^Sample 1$/, /drawn at random/, conditioned],
  ['strokes-flow', /^Sample 1$/, /drawn at random/, undefined],
  ['strokes-hierarchical', /^Sample 1$/, /drawn at random/, levels],
  ['strokes-vq-vae', undefined, /prior is over codes/, cells],
];

test.each(
  // Those of which more is tried.
  someOf('models that are walked', WALKED, ([, , , trial]) => trial !== undefined),
)('%s can be walked too', async (model, sample, words, trial) => {
  const other = await strokesSite(model, 24);
  const server = await serveSite(other.site);
  try {
    await open(
      async ({ page, complaints }) => {
        const first = await settled(page, '#picture');
        expect(Math.max(...first)).toBeGreaterThan(100);
        const { x, y, width, height } = await mapBox(page);
        await page.mouse.move(x + width / 2, y + height / 2);
        await page.locator('#lens').waitFor();
        await trial?.(page, first);
        await page.click('#tab-sample');
        expect(await page.textContent('#panel-sample')).toMatch(words);
        if (sample) {
          await page.click('#samples button');
          expect(await page.textContent('#stage-name')).toMatch(sample);
        }
        await page.click('#tab-model');
        expect(await page.textContent('#use')).toMatch(/ in use/);
        expect(complaints).toEqual([]);
      },
      { ...WIDE, url: server.url },
    );
  } finally {
    await server.close();
    await other.remove();
  }
});
