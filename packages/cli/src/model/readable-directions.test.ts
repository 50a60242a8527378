import { expect, test } from '@jest/globals';
import type { Direction } from '@latentkit/core';
import { readableDirections } from './readable-directions.ts';

const direction = (name: string, r2: number, accuracy?: number): Direction => ({
  ...{ name, r2, accuracy, vector: Float32Array.of(1), deviation: 1 },
});
const attribute = (name: string, values: number[]) => ({ name, values });
const rare = (name: string) => attribute(name, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

test('keeps what can be read, without a word', () => {
  const found = [direction('thickness', 0.7), direction('round', 0.3, 0.95)];
  expect(readableDirections(found, [attribute('thickness', [1, 2]), rare('round')])).toEqual({
    worth: found,
    warnings: [],
  });
});

test.each([0, -0.2, Number.NaN])('leaves out what has an R² of %d, and names it', (r2) => {
  const found = [direction('noise', r2), direction('slant', 0.1)];
  const { worth, warnings } = readableDirections(found, []);
  expect(worth.map(({ name }) => name)).toEqual(['slant']);
  expect(warnings).toEqual([
    expect.stringMatching(/^'noise' cannot be read .*1 direction not worth using/),
  ]);
});

test('keeps, and warns of, a label that is right no more often than the larger class', () => {
  const found = [direction('even', 0.01, 0.9), direction('odd', 0.01, 0.91)];
  const { worth, warnings } = readableDirections(found, [rare('even'), rare('odd')]);
  expect(worth).toEqual(found);
  expect(warnings).toEqual([expect.stringMatching(/^'even' can hardly be read/)]);
});
