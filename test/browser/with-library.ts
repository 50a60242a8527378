import { join } from 'node:path';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { type AnyPage, type BrowserKind, CHROMIUM } from './browser-kinds.ts';
import { type PageContext, type PageOptions, withPageIn } from './with-page.ts';

const { files } = tinyModel();

/** Opens a page that holds the whole of @latentkit/web, and runs `use` on it. */
export type LibraryOpener<P extends AnyPage = AnyPage> = <T>(
  use: (context: PageContext<P>) => Promise<T>,
  options?: Partial<PageOptions>,
) => Promise<T>;

/**
 * Opens pages that hold the whole of @latentkit/web as the global `lk`, beside the tiny model in
 * models/tiny.
 */
export function libraryIn<P extends AnyPage>(kind: BrowserKind<P>): LibraryOpener<P> {
  return (use, options = {}) =>
    withPageIn(
      kind,
      {
        page: join(__dirname, 'pages/library'),
        ...options,
        mounts: { '/models/tiny/': files, ...options.mounts },
      },
      async (context) => {
        await context.page.waitForFunction(() => 'lk' in globalThis);
        return use(context);
      },
    );
}

/** The same in Chromium. */
export const withLibrary = libraryIn(CHROMIUM);
