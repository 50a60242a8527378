import type { OpenBrowser } from '../browser/browser-kinds.ts';
import { tinyItems, tinyMeans } from '../fixtures/tiny-model.ts';

/**
 * What a user's page does, each as on a first visit: in a worker, in a worker with threads, and inline. Its title says what
 * came of it.
 */
export const PAGE_RUN = `
const results = [];
for (const options of [{ execution: 'worker' }, { execution: 'worker', threads: 2 }, {}]) {
  try {
    const vae = await loadAutoencoder('/models/tiny/', { device: 'wasm', cache: false, ...options });
    const { mean } = await vae.sample(50, { seed: 1 });
    const z = await vae.encoder.embed(Float32Array.from(${JSON.stringify([...tinyItems(2)])}));
    await vae.dispose();
    results.push([vae.device.attempts[0].reason, mean.dims.join('×'), ...z.data]);
  } catch (error) {
    results.push([String(error)]);
  }
}
document.title = JSON.stringify(results);
`;

export const PAGE_APP = `import { loadAutoencoder } from '@latentkit/web';\n${PAGE_RUN}`;

/** A page that has one script. */
export const pageOf = (script: string, head = '') => `<!doctype html>
<html><head><title></title><link rel="icon" href="data:,">${head}</head>
<body><script type="module" src="${script}"></script></body></html>`;

/**
 * Opens a page that does {@link PAGE_RUN}, and waits for its end.
 *
 * @returns why it did not do what it should; undefined if it did
 */
export async function pageFault(browser: OpenBrowser, url: string): Promise<string | undefined> {
  const complaints: string[] = [];
  const { page, close } = await browser.open((complaint) => complaints.push(complaint));
  try {
    await page.goto(url);
    await page
      .waitForFunction(() => document.title.startsWith('['))
      .catch(() => complaints.push('the page did not finish'));
    if (complaints.length > 0) return complaints.join('\n');
    return resultFault(JSON.parse(await page.evaluate(() => document.title)));
  } finally {
    await close();
  }
}

/** What is wrong with what the page found. */
export function resultFault(results: readonly (readonly unknown[])[]): string | undefined {
  const means = tinyMeans(tinyItems(2));
  const wanted = [1, 2, 1].map(
    (threads) => `opened with ${threads} thread${threads > 1 ? 's' : ''}`,
  );
  const right =
    results.length === wanted.length &&
    results.every(
      ([reason, dims, ...z], run) =>
        reason === wanted[run] &&
        dims === '50×2×2×1' &&
        z.length === means.length &&
        means.every((value, i) => Math.abs(value - (z[i] as number)) < 1e-5),
    );
  return right
    ? undefined
    : `in a worker, with threads and inline came: ${JSON.stringify(results)}`;
}
