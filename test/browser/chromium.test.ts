import { describe, expect, test } from '@jest/globals';
import { findChromium } from './chromium.ts';

describe('findChromium', () => {
  test('a machine without one gets to know how to install it', () => {
    expect(() => findChromium({}, ['/nowhere/chromium'])).toThrow(
      /none was found[\s\S]*apt-get install chromium[\s\S]*playwright-core install[\s\S]*LATENTKIT_CHROMIUM[\s\S]*\/nowhere\/chromium/,
    );
  });

  test('a wrong LATENTKIT_CHROMIUM is an error, not passed over', () => {
    expect(() => findChromium({ LATENTKIT_CHROMIUM: '/nowhere/mine' }, [process.execPath])).toThrow(
      /LATENTKIT_CHROMIUM names \/nowhere\/mine/,
    );
  });

  test('the variable goes first', () => {
    const environment = { LATENTKIT_CHROMIUM: process.execPath };
    expect(findChromium(environment, ['/nowhere'])).toBe(process.execPath);
  });
});
