import { expect, test } from '@jest/globals';
import { createRandom, type ModelCard } from '@latentkit/core';
import { directionsOf } from './directions.ts';

const COUNT = 300;
const card = { latent: { kind: 'point', size: 2 } } as ModelCard;
const labels = Uint32Array.from({ length: COUNT }, (_, i) => i % 3);
/** Three classes around the corners of a triangle. */
const CORNERS = [
  [0, 2],
  [-2, -1],
  [2, -1],
] as const;
const vectors = createRandom(1)
  .fillNormal(new Float32Array(2 * COUNT), 0.2)
  .map((noise, at) => noise + (CORNERS[(at >> 1) % 3]?.[at % 2] as number));
const none = { factorNames: [], labelNames: [], name: 'shapes' };

test('the direction of each class goes from the others to it, though none can change alone', () => {
  const found = directionsOf(
    card,
    { ...none, labelNames: ['up', 'left', 'right'] },
    { vectors, factors: undefined, labels },
  );
  expect(found.map(({ name }) => name)).toEqual(['up', 'left', 'right']);
  for (const [k, { vector, r2 }] of found.entries()) {
    const [x = 0, y = 0] = CORNERS[k] ?? [];
    const cosine =
      ((vector[0] as number) * x + (vector[1] as number) * y) /
      Math.hypot(...vector) /
      Math.hypot(x, y);
    expect(cosine).toBeGreaterThan(0.99);
    expect(r2).toBeGreaterThan(0.8);
  }
});

test('of columns that follow from each other each gets the direction that it has by itself', () => {
  const side = (factor: number) => Float64Array.from(labels, (label) => factor * label);
  const factorNames = ['metres', 'feet'];
  const [metres, feet] = [side(1), side(3.28)];
  const factors = Float64Array.from({ length: 2 * COUNT }, (_, at) =>
    at % 2 ? (feet[at >> 1] as number) : (metres[at >> 1] as number),
  ) as never;
  const found = directionsOf(card, { ...none, factorNames }, { vectors, factors, labels });
  expect(found.map(({ name }) => name)).toEqual(factorNames);
  expect(found[0]?.vector).toEqual(found[1]?.vector);
  expect(found[0]?.protocol).toMatch(/decorrelated from 0 others/);
});
