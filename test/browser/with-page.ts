import { afterAll, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type AnyPage, type BrowserKind, CHROMIUM } from './browser-kinds.ts';
import { bundlePage } from './bundle-page.ts';
import { LaunchedBrowsers } from './launched-browsers.ts';
import { type Mount, type ServerOptions, startServer } from './static-server.ts';

export interface PageOptions extends Omit<ServerOptions, 'mounts'> {
  /** The folder of the page's sources (its index.html); bundled with vite once in a test file. */
  readonly page: string;
  /** What else the server offers, by URL prefix: models, handlers. */
  readonly mounts?: Readonly<Record<string, Mount>>;
}

export interface PageContext<P extends AnyPage = Page> {
  readonly page: P;
  /** Cuts the page off the network, or no longer. */
  setOffline(offline: boolean): Promise<void>;
  /** `http://localhost:port` */
  readonly origin: string;
  /** The path of every request so far. */
  readonly requests: readonly string[];
  /** What the page printed (warnings and errors alone), and its uncaught errors. */
  readonly complaints: readonly string[];
}

// WebGPU in software compiles shaders for seconds, and many times that on a busy machine.
jest.setTimeout(180_000);

const browsers = new LaunchedBrowsers();
const bundles = new Map<string, ReturnType<typeof bundlePage>>();

/**
 * Bundles a page, serves it, opens it in a fresh profile of a browser (software WebGPU included in Chromium's),
 * and runs `use` on it. Browsers and bundles are kept for the other tests of the file.
 */
export async function withPageIn<P extends AnyPage, T>(
  kind: BrowserKind<P>,
  { page: source, mounts = {}, ...options }: PageOptions,
  use: (context: PageContext<P>) => Promise<T>,
): Promise<T> {
  const browser = browsers.get(kind);
  const bundle = bundles.get(source) ?? bundlePage(source);
  bundles.set(source, bundle);
  const { folder } = await bundle;
  const server = await startServer({ ...options, mounts: { ...mounts, '/': folder } });
  const complaints: string[] = [];
  const opened = await (await browser).open((complaint) => complaints.push(complaint));
  try {
    const { page, setOffline } = opened;
    const { origin, requests } = server;
    await page.goto(`${origin}/`);
    return await use({ page, setOffline, origin, requests, complaints });
  } finally {
    await opened.close();
    await server.close();
  }
}

/** The same in Chromium. */
export function withPage<T>(
  options: PageOptions,
  use: (context: PageContext) => Promise<T>,
): Promise<T> {
  return withPageIn(CHROMIUM, options, use);
}

afterAll(async () => {
  await browsers.close();
  for (const bundle of await Promise.allSettled(bundles.values())) {
    if (bundle.status === 'fulfilled') await bundle.value.remove();
  }
});
