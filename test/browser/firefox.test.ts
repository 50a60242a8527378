import { describe, expect, test } from '@jest/globals';
import { findFirefox } from './firefox.ts';

describe('findFirefox', () => {
  test('a machine without one gets to know why its tests are skipped', () => {
    expect(findFirefox({}, ['/nowhere/firefox'])).toEqual({
      missing: expect.stringMatching(/there is no Firefox .*firefox-esr.*LATENTKIT_FIREFOX/),
    });
  });

  test('a wrong LATENTKIT_FIREFOX is not passed over for another', () => {
    const environment = { LATENTKIT_FIREFOX: process.execPath };
    expect(findFirefox(environment, ['/usr/bin/firefox-esr'])).toEqual({
      missing: expect.stringContaining(`${process.execPath} is no Firefox`),
    });
  });
});
