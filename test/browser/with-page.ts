import { afterAll, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { bundlePage } from './bundle-page.ts';
import { launchChromium } from './chromium.ts';
import { type Mount, type ServerOptions, startServer } from './static-server.ts';

export interface PageOptions extends Omit<ServerOptions, 'mounts'> {
  /** The folder of the page's sources (its index.html); bundled with vite once in a test file. */
  readonly page: string;
  /** What else the server offers, by URL prefix: models, handlers. */
  readonly mounts?: Readonly<Record<string, Mount>>;
}

export interface PageContext {
  readonly page: Page;
  /** `http://localhost:port` */
  readonly origin: string;
  /** The path of every request so far. */
  readonly requests: readonly string[];
  /** What the page printed (warnings and errors alone), and its uncaught errors. */
  readonly complaints: readonly string[];
}

// WebGPU in software compiles shaders for seconds, and many times that on a busy machine.
jest.setTimeout(180_000);

let browser: Promise<Browser> | undefined;
const bundles = new Map<string, ReturnType<typeof bundlePage>>();

/**
 * Bundles a page, serves it, opens it in a fresh profile of Chromium (software WebGPU included), and
 * runs `use` on it. Browser and bundles are kept for the other tests of the file.
 */
export async function withPage<T>(
  { page: source, mounts = {}, ...options }: PageOptions,
  use: (context: PageContext) => Promise<T>,
): Promise<T> {
  browser ??= launchChromium();
  const bundle = bundles.get(source) ?? bundlePage(source);
  bundles.set(source, bundle);
  const { folder } = await bundle;
  const server = await startServer({ ...options, mounts: { ...mounts, '/': folder } });
  const context = await (await browser).newContext();
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(`${server.origin}/`);
    return await use({ page, origin: server.origin, requests: server.requests, complaints });
  } finally {
    await context.close();
    await server.close();
  }
}

afterAll(async () => {
  await (await browser)?.close();
  for (const bundle of await Promise.allSettled(bundles.values())) {
    if (bundle.status === 'fulfilled') await bundle.value.remove();
  }
});
