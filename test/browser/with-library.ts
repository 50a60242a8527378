import { join } from 'node:path';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { type PageContext, type PageOptions, withPage } from './with-page.ts';

const { files } = tinyModel();

/**
 * Opens a page that holds the whole of @latentkit/web as the global `lk`, beside the tiny model in
 * models/tiny.
 */
export function withLibrary<T>(
  use: (context: PageContext) => Promise<T>,
  options: Partial<PageOptions> = {},
): Promise<T> {
  return withPage(
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
