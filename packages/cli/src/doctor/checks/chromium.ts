import { findChromium } from '@latentkit/system/chromium';
import type { Check } from '../finding.ts';

/** A browser, for those who test pages of their own. */
export const chromium: Check = {
  name: 'Chromium',
  vital: false,
  run: async () => {
    const { found, named } = findChromium();
    if (found) return { health: 'ok', says: `${found}, for tests of pages` };
    if (named) {
      return {
        health: 'warning',
        says: `LATENTKIT_CHROMIUM names ${named}, which is no executable file`,
        remedy: 'Set it to the path of a Chromium or Chrome, or unset it.',
      };
    }
    return { health: 'ok', says: 'none found; only tests of pages need one' };
  },
};
