import { expect, test } from '@jest/globals';
import { scaleWarning } from './scale-warning.ts';

const warningOf = (valueRange: readonly [number, number], itemShape = [8, 8, 1] as const) =>
  scaleWarning({ valueRange, itemShape });

test.each([
  [0, 1],
  [-1, 1],
  [-4, 6],
] as const)('of values from %d to %d there is nothing to say', (low, high) => {
  expect(warningOf([low, high])).toBeUndefined();
});

test('of pictures it advises bytes, of tables and sequences to standardise', () => {
  expect(warningOf([0, 255])).toMatch(
    /values from 0 to 255, .*astype\('uint8'\).* divide them by 255/,
  );
  for (const shape of [
    [1, 1, 12],
    [1, 100, 1],
    [100, 1, 1],
  ] as const) {
    const warning = scaleWarning({ valueRange: [-99.98765, 3], itemShape: shape });
    expect(warning).toMatch(/values from -99\.99 to 3, .* standard deviation/);
  }
});
