import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { launchFirefox } from './firefox.ts';

/** What tests that hold in every browser ask of a page, whichever library drives it. */
export interface AnyPage extends Pick<Page, 'evaluate'> {
  goto(url: string): Promise<unknown>;
  waitForFunction(condition: () => unknown): Promise<unknown>;
}

export interface OpenedPage<P extends AnyPage = AnyPage> {
  readonly page: P;
  setOffline(offline: boolean): Promise<void>;
  /** Ends its profile with it. */
  close(): Promise<void>;
}

export interface OpenBrowser<P extends AnyPage = AnyPage> {
  /**
   * Opens an empty page in a fresh profile.
   *
   * @param complain is given what the page prints (warnings and errors alone), and its uncaught errors
   */
  open(complain: (complaint: string) => void): Promise<OpenedPage<P>>;
  close(): Promise<void>;
}

export interface BrowserKind<P extends AnyPage = AnyPage> {
  readonly name: string;
  launch(): Promise<OpenBrowser<P>>;
}

/** How long a page may take to load, or to do what is waited for. */
const PATIENCE_MS = 60_000;

/** Driven by Playwright. */
export const CHROMIUM: BrowserKind<Page> = {
  name: 'Chromium',
  async launch() {
    const browser = await launchChromium();
    return {
      async open(complain) {
        const context = await browser.newContext();
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        page.on('pageerror', (error) => complain(String(error)));
        page.on('console', (message) => {
          if (['warning', 'error'].includes(message.type())) complain(message.text());
        });
        return {
          page,
          setOffline: (offline) => context.setOffline(offline),
          close: () => context.close(),
        };
      },
      close: () => browser.close(),
    };
  },
};

/** Driven by Puppeteer, since Playwright's Firefox is one of its own. */
export const FIREFOX: BrowserKind = {
  name: 'Firefox',
  async launch() {
    const browser = await launchFirefox();
    return {
      async open(complain) {
        const context = await browser.createBrowserContext();
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        page.on('pageerror', (error) => complain(String(error)));
        page.on('console', (message) => {
          if (['warn', 'error'].includes(message.type())) complain(message.text());
        });
        const evaluate = (script: (given: unknown) => unknown, given: unknown) =>
          page.evaluate(script, given);
        return {
          page: {
            evaluate: evaluate as AnyPage['evaluate'],
            goto: (url) => page.goto(url),
            waitForFunction: (condition) => page.waitForFunction(condition),
          },
          setOffline: (offline) => page.setOfflineMode(offline),
          close: () => context.close(),
        };
      },
      close: () => browser.close(),
    };
  },
};
