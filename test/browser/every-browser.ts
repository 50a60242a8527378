import { describe } from '@jest/globals';
import { skipSuite } from '../outside/skip-suite.ts';
import { someOf } from '../setup/tier.ts';
import { type BrowserKind, CHROMIUM, FIREFOX } from './browser-kinds.ts';
import { findFirefox } from './firefox.ts';
import { type LibraryOpener, libraryIn } from './with-library.ts';

type Tests = (withLibrary: LibraryOpener, kind: BrowserKind) => void;

const EVERY: readonly BrowserKind[] = [CHROMIUM, FIREFOX];

/**
 * Runs tests in Chromium and in Firefox.
 *
 * @param quick the browsers that `npm test` takes, or all
 * @param tests defines them
 */
export function inEveryBrowser(quick: readonly BrowserKind[] | 'all', tests: Tests): void {
  const kinds = quick === 'all' ? EVERY : quick;
  for (const kind of someOf('browsers', EVERY, (one) => kinds.includes(one))) {
    if (kind === FIREFOX) inFirefox(tests);
    else describe(`in ${kind.name}`, () => tests(libraryIn(kind), kind));
  }
}

/** Runs tests in Firefox alone; where there is none, they are skipped, and counted. */
export function inFirefox(tests: Tests): void {
  const found = findFirefox();
  if ('missing' in found) skipSuite('in Firefox', found.missing);
  else describe('in Firefox', () => tests(libraryIn(FIREFOX), FIREFOX));
}
