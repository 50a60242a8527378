import type { AnyPage, BrowserKind, OpenBrowser } from './browser-kinds.ts';

/** Browsers, each launched once, when it is first asked for. */
export class LaunchedBrowsers {
  readonly #launched = new Map<BrowserKind, Promise<OpenBrowser>>();

  get<P extends AnyPage>(kind: BrowserKind<P>): Promise<OpenBrowser<P>> {
    const before = this.#launched.get(kind) as Promise<OpenBrowser<P>> | undefined;
    const launched = before ?? kind.launch();
    this.#launched.set(kind, launched);
    return launched;
  }

  async close(): Promise<void> {
    for (const launched of await Promise.allSettled(this.#launched.values())) {
      if (launched.status === 'fulfilled') await launched.value.close();
    }
  }
}
