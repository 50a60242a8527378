import { describe } from '@jest/globals';
import { skipSuite } from '../outside/skip-suite.ts';
import { type BrowserKind, CHROMIUM, FIREFOX } from './browser-kinds.ts';
import { findFirefox } from './firefox.ts';
import { type LibraryOpener, libraryIn } from './with-library.ts';

/**
 * Runs tests in Chromium, and in Firefox; where there is none of the latter, they are skipped, and counted.
 *
 * @param tests defines them
 */
export function inEveryBrowser(tests: (withLibrary: LibraryOpener, kind: BrowserKind) => void) {
  describe('in Chromium', () => tests(libraryIn(CHROMIUM), CHROMIUM));
  inFirefox(tests);
}

/** Runs tests in Firefox alone; where there is none, they are skipped, and counted. */
export function inFirefox(tests: (withLibrary: LibraryOpener, kind: BrowserKind) => void) {
  const found = findFirefox();
  if ('missing' in found) skipSuite('in Firefox', found.missing);
  else describe('in Firefox', () => tests(libraryIn(FIREFOX), FIREFOX));
}
