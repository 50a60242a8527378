/**
 * Measures edits along the directions of thickness, slant and scale on drawn digits: whether the factor, as it is
 * measured in the edited picture, rises with the amount, and whether the digit stays what it is.
 *
 *   npx tsx --conditions=latentkit-source training/scripts/edit-strokes.ts models/strokes-vae [items]
 *
 * Factors are measured without the model: of all drawings that the generator of the data can make, by the one that is
 * nearest to the picture, found by descent along one factor at a time. The class is that of the digit whose drawing
 * comes nearest.
 */
import { findDirections } from '@latentkit/core';
import { drawStrokes, makeStrokes, STROKE_FACTORS, type StrokeFactors } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';

const [folder = 'models/strokes-vae', items = '100'] = process.argv.slice(2);
const count = Number(items);
const EDITED = ['thickness', 'slant', 'scale'] as const;
const FITTED = [...EDITED, 'x', 'y'] as const;
const AMOUNTS = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
const SIZE = 28 * 28;

const model = await loadAutoencoder(folder, { device: 'cpu' });
const { train, test } = makeStrokes(10_000, count, 1);
const factorNames = Object.keys(STROKE_FACTORS) as (keyof StrokeFactors)[];
const factorsOf = (values: Float32Array, row: number) =>
  Object.fromEntries(
    factorNames.map((name, f) => [name, values[row * factorNames.length + f]]),
  ) as StrokeFactors;
const known = (name: keyof StrokeFactors) => ({
  name,
  values: Array.from(
    { length: train.count },
    (_, row) => factorsOf(train.factors?.values as Float32Array, row)[name],
  ),
});
const found = findDirections(await model.encoder.embed(train.images), FITTED.map(known));

const drawing = new Float32Array(SIZE);
function distance(factors: StrokeFactors, picture: Float32Array): number {
  drawStrokes(factors, drawing);
  let sum = 0;
  for (let i = 0; i < SIZE; i++) sum += ((drawing[i] as number) - (picture[i] as number)) ** 2;
  return sum;
}

/** The drawing of a class that is nearest to a picture. */
function fit(
  picture: Float32Array,
  start: StrokeFactors,
): { factors: StrokeFactors; error: number } {
  let factors = start;
  let error = distance(factors, picture);
  for (let part = 0.2; part > 0.005; part /= 2) {
    for (let sweep = 0; sweep < 2; sweep++) {
      for (const name of FITTED) {
        const [low, high] = STROKE_FACTORS[name];
        for (const sign of [-1, 1]) {
          for (;;) {
            const next = { ...factors, [name]: factors[name] + sign * part * (high - low) };
            const moved =
              next.scale > 0.2 && next.thickness > 0.2 ? distance(next, picture) : error;
            if (!(moved < error)) break;
            factors = next;
            error = moved;
          }
        }
      }
    }
  }
  return { factors, error };
}

const classOf = (picture: Float32Array, start: StrokeFactors) =>
  Array.from({ length: 10 }, (_, digit) => fit(picture, { ...start, class: digit }).error).reduce(
    (best, error, digit, all) => (error < (all[best] as number) ? digit : best),
    0,
  );

/** Spearman's rank correlation of values that should rise. */
function spearman(values: readonly number[]): number {
  const ranks = values.map(
    (value) =>
      values.filter((other) => other < value).length +
      values.filter((other) => other === value).length / 2,
  );
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [a, b] = [mean(ranks), (values.length - 1) / 2];
  const sum = (f: (rank: number, i: number) => number) => ranks.reduce((s, r, i) => s + f(r, i), 0);
  return (
    sum((rank, i) => (rank - a) * (i - b)) /
    Math.sqrt(sum((rank) => (rank - a) ** 2) * sum((_, i) => (i - b) ** 2))
  );
}

process.stdout.write(`${count} test items of strokes, ${folder}\n`);
process.stdout.write(
  'attribute  R²  Spearman (mean)  slope (σ a σ)  class kept at ±1 σ, of those kept at 0\n',
);
const values = test.factors?.values as Float32Array;
const unchanged = (await model.reconstruct(test.images)).mean.data;
const rows = Array.from({ length: count }, (_, row) => row);
const at = (pictures: Float32Array, row: number) => pictures.subarray(row * SIZE, (row + 1) * SIZE);
const readable = rows.filter(
  (row) => classOf(at(unchanged, row), factorsOf(values, row)) === test.labels[row],
);
for (const name of EDITED) {
  const direction = found.find((one) => one.name === name);
  if (!direction) continue;
  const edited = [];
  for (const amount of AMOUNTS) {
    edited.push((await model.edit(test.images, direction.vector, amount)).mean.data);
  }
  const correlations: number[] = [];
  const slopes: number[] = [];
  let kept = 0;
  for (const row of rows) {
    const start = factorsOf(values, row);
    const measured = edited.map((pictures) => fit(at(pictures, row), start).factors[name]);
    correlations.push(spearman(measured));
    const [low, high] = [measured[2] as number, measured[6] as number];
    slopes.push((high - low) / 2 / direction.deviation);
  }
  for (const row of readable) {
    for (const which of [2, 6]) {
      const picture = at(edited[which] as Float32Array, row);
      kept += Number(classOf(picture, factorsOf(values, row)) === test.labels[row]);
    }
  }
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const share = (100 * kept) / 2 / readable.length;
  process.stdout.write(
    `${name}  ${direction.r2.toFixed(3)}  ${mean(correlations).toFixed(3)}  ${mean(slopes).toFixed(2)}  ${share.toFixed(1)} % (of ${readable.length})\n`,
  );
}
await model.dispose();
