import { type BrowserKind, CHROMIUM, type OpenBrowser } from '../browser/browser-kinds.ts';
import { LaunchedBrowsers } from '../browser/launched-browsers.ts';
import {
  type ConsumerOptions,
  type ConsumerProject,
  createConsumer,
} from '../consumers/consumer-project.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';
import type { Workshop } from './case.ts';

/** Makes projects and browsers once, when they are first asked for, and takes them away at the end. */
export class MatrixWorkshop implements Workshop {
  readonly #projects = new Map<string, Promise<ConsumerProject>>();
  readonly #browsers = new LaunchedBrowsers();

  project(
    name: string,
    packages: readonly string[],
    options?: ConsumerOptions,
  ): Promise<ConsumerProject> {
    const made = this.#projects.get(name) ?? this.#make(packages, options);
    this.#projects.set(name, made);
    return made;
  }

  browser(kind: BrowserKind = CHROMIUM): Promise<OpenBrowser> {
    return this.#browsers.get(kind);
  }

  async close(): Promise<void> {
    await this.#browsers.close();
    for (const made of await Promise.allSettled(this.#projects.values())) {
      if (made.status === 'fulfilled') await made.value.remove();
    }
  }

  /** Each project has the tiny model in ./model, and for pages in ./public. */
  async #make(packages: readonly string[], options?: ConsumerOptions): Promise<ConsumerProject> {
    const project = await createConsumer(packages, options);
    for (const [name, bytes] of Object.entries(tinyModel().files)) {
      await project.write(`model/${name}`, bytes);
      await project.write(`public/models/tiny/${name}`, bytes);
    }
    return project;
  }
}
