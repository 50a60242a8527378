import { afterAll, beforeAll } from '@jest/globals';
import type { AnyPage } from './browser-kinds.ts';
import type { PageContext } from './with-page.ts';

/**
 * One page for all tests of a `describe`: opening one takes longer than most of what is done in it.
 *
 * @param open opens the page, and closes it once `use` is done: {@link withLibrary}, {@link withPage}
 * @returns gives the page to a test
 */
export function sharedPage<P extends AnyPage>(
  open: (use: (context: PageContext<P>) => Promise<void>) => Promise<void>,
): () => PageContext<P> {
  let context: PageContext<P> | undefined;
  let close = () => {};
  let closed: Promise<void>;
  beforeAll(
    () =>
      new Promise<void>((opened, failed) => {
        closed = open((given) => {
          context = given;
          opened();
          return new Promise<void>((resolve) => {
            close = resolve;
          });
        });
        closed.catch(failed);
      }),
  );
  afterAll(async () => {
    close();
    await closed;
  });
  return () => context as PageContext<P>;
}
