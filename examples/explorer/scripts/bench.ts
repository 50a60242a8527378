/**
 * Measures the page in Chromium: how long a frame's script and decoding take while the pointer moves over the map,
 * how long frames take while 100,000 points are panned, and how long the first picture takes from a warm cache.
 *
 *     npm run build && npm run bench -w examples/explorer [-- SITE]
 *
 * With the folder of a site that `latentkit explore --out` wrote, the pointer moves over its points alone, and it is
 * opened from the cache.
 *
 * Where there is no GPU, Chromium draws by software, which the frames of the second part are made of.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { serveSite } from '@latentkit/explorer';
import { chromium, type Page } from 'playwright-core';
import { FLAGS, findChromium } from '../../../test/browser/chromium.ts';
import { multiplyPoints, temporarySite, writeExample } from './sites.ts';
import { ALLOW_SOFTWARE_WEBGL } from './software-webgl.ts';

const POINTS = 100_000;
const MOVES = 400;
const FRAMES = 120;
const OPENINGS = 12;

interface Row {
  readonly case: string;
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

function row(name: string, values: readonly number[]): Row {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const rounded = (value = Number.NaN) => Number(value.toFixed(2));
  return { case: name, p50: rounded(at(0.5)), p95: rounded(at(0.95)), count: values.length };
}

/** Moves the pointer over the map, a step a frame, and reads how long script and decoding took of each. */
async function measureLens(page: Page): Promise<number[]> {
  await page.evaluate(() => performance.clearMeasures());
  await page.evaluate(async (moves) => {
    const surface = document.getElementById('surface') as HTMLElement;
    const { left, top, width, height } = surface.getBoundingClientRect();
    for (let i = 0; i < moves; i++) {
      const angle = (i / moves) * 12 * Math.PI;
      const far = (0.1 + (0.35 * i) / moves) * Math.min(width, height);
      const clientX = left + width / 2 + far * Math.cos(angle);
      const clientY = top + height / 2 + far * Math.sin(angle);
      surface.dispatchEvent(
        new PointerEvent('pointermove', { clientX, clientY, pointerType: 'mouse' }),
      );
      await new Promise(requestAnimationFrame);
    }
  }, MOVES);
  return page.evaluate(() => performance.getEntriesByName('lens').map(({ duration }) => duration));
}

/** Drags the map, a step a frame: the times between frames, and of them those of our script. */
async function measurePan(page: Page): Promise<{ frames: number[]; scripts: number[] }> {
  return page.evaluate(async (count) => {
    const surface = document.getElementById('surface') as HTMLElement;
    const { left, top, width, height } = surface.getBoundingClientRect();
    const places = Array.from({ length: count + 1 }, (_, i) => ({
      bubbles: true,
      view: window,
      clientX: left + width / 2 + 80 * Math.sin(i / 9),
      clientY: top + height / 2 + 80 * Math.cos(i / 9),
    }));
    surface.dispatchEvent(new MouseEvent('mousedown', places[0]));
    const frames: number[] = [];
    const scripts: number[] = [];
    let before = performance.now();
    for (let i = 1; i <= count; i++) {
      window.dispatchEvent(new MouseEvent('mousemove', places[i]));
      // Asked for after the map's own frame was: it runs behind it.
      await new Promise<void>((resolve) =>
        requestAnimationFrame((start) => {
          scripts.push(performance.now() - start);
          resolve();
        }),
      );
      const now = performance.now();
      frames.push(now - before);
      before = now;
    }
    window.dispatchEvent(new MouseEvent('mouseup', places[count]));
    return { frames, scripts };
  }, FRAMES);
}

/** Opens a site again and again, with all that browsers keep: how long the first picture takes, from the start on. */
async function measureFirst(site: string): Promise<number[]> {
  const served = await serveSite(site);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(served.url);
  await page.waitForFunction(() => document.body.dataset['ready'] === 'true');
  // Until the service worker has all files, and the page its compiled script.
  await page.waitForTimeout(6000);
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    await page.reload();
    await page.waitForFunction(() => performance.getEntriesByName('first picture').length > 0);
    times.push(
      await page.evaluate(() => performance.getEntriesByName('first picture')[0]?.startTime ?? 0),
    );
  }
  await context.close();
  await served.close();
  return times;
}

const [given] = process.argv.slice(2);
const { site, remove } = await temporarySite();
const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });
const rows: Row[] = [];
try {
  const open = async ({ webgl = false } = {}) => {
    const served = await serveSite(given ?? site);
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      serviceWorkers: 'block',
    });
    // Without a GPU the page sets the points' pixels itself: what WebGL by software would take is measured beside it.
    if (webgl) await page.addInitScript(ALLOW_SOFTWARE_WEBGL);
    await page.goto(served.url);
    await page.waitForFunction(() => document.body.dataset['ready'] === 'true');
    await page.waitForTimeout(1000);
    const close = async () => {
      await page.close();
      await served.close();
    };
    return { page, close };
  };
  const measurePointer = async (over: string) => {
    const { page, close } = await open();
    // The first ones find code that no engine has optimised yet.
    await measureLens(page);
    const name = `pointer over ${over} on WASM: script and decoding of a frame`;
    rows.push(row(name, await measureLens(page)));
    await close();
  };
  if (given) {
    const points = JSON.parse(await readFile(join(given, 'data/explorer.json'), 'utf8')).count;
    const over = `${points.toLocaleString('en')} points of ${basename(given)}`;
    await measurePointer(over);
    rows.push(row(`first picture from a warm cache, ${over}`, await measureFirst(given)));
  } else {
    await writeExample(site, 'mnist-vae', 2_000);
    await measurePointer('2,000 points, mnist-vae');
    rows.push(row('first picture from a warm cache, 2,000 points', await measureFirst(site)));
    await multiplyPoints(site, POINTS);
    await measurePointer('100,000 points, mnist-vae');
    for (const webgl of [false, true]) {
      const { page, close } = await open({ webgl });
      const painter = await page.getAttribute('body', 'data-map');
      const { frames, scripts } = await measurePan(page);
      rows.push(row(`100,000 points panned, ${painter}: script of a frame`, scripts));
      rows.push(row(`100,000 points panned, ${painter}: from frame to frame`, frames));
      await close();
    }
  }
  const about = { unit: 'ms', browser: `Chromium ${browser.version()}` };
  console.log(JSON.stringify({ ...about, rows }, null, 2));
} finally {
  await browser.close();
  await remove();
}
