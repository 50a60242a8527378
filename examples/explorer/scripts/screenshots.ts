/**
 * Makes the pictures of docs/explorer.md, from mnist-vae and MNIST:
 *
 *     npm run build && npm run screenshots -w examples/explorer -- FOLDER-OF-MNIST
 *
 * Without the folder they are of strokes.
 */
import { join } from 'node:path';
import { serveSite } from '@latentkit/explorer';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { FLAGS, findChromium } from '../../../test/browser/chromium.ts';
import { ROOT, temporarySite, writeExample } from './sites.ts';
import { ALLOW_SOFTWARE_WEBGL } from './software-webgl.ts';

const SHOTS = [
  { file: 'explorer-map.png', theme: 'light', hash: '#at=item:0', hover: [0.46, 0.47] },
  {
    ...{ file: 'explorer-morph.png', theme: 'dark' },
    hash: '#tab=morph&from=item:3&to=item:17&at=item:3&density=on',
  },
  { file: 'explorer-pictures.png', theme: 'light', hash: '#tab=change&at=item:8&view=0.45,0.5,7' },
] as const satisfies readonly {
  file: string;
  theme: 'light' | 'dark';
  hash: string;
  hover?: readonly [number, number];
}[];

const { site, remove } = await temporarySite();
const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });
try {
  const dataDir = process.argv[2];
  await writeExample(
    site,
    'mnist-vae',
    5_000,
    dataDir === undefined ? {} : { data: 'mnist', dataDir },
  );
  const served = await serveSite(site);
  for (const { file, theme, hash, ...rest } of SHOTS) {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      colorScheme: theme,
      serviceWorkers: 'block',
    });
    await page.addInitScript(ALLOW_SOFTWARE_WEBGL);
    await page.goto(`${served.url}${hash}`);
    await page.waitForFunction(() => document.body.dataset['ready'] === 'true');
    await page.waitForTimeout(1500);
    if ('hover' in rest) {
      const { x, y, width, height } = (await page.locator('#surface').boundingBox()) ?? {
        ...{ x: 0, y: 0, width: 0, height: 0 },
      };
      await page.mouse.move(x + rest.hover[0] * width, y + rest.hover[1] * height);
      await page.waitForTimeout(500);
    }
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, compressionLevel: 9, effort: 10 })
      .toFile(join(ROOT, 'docs/images', file));
    await page.close();
  }
  await served.close();
} finally {
  await browser.close();
  await remove();
}
