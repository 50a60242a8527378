import { afterAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { removeTemporaryFolders } from '../../testing.ts';
import { testItems } from '../test-items.ts';
import {
  codesModel,
  datasetOf,
  ladderModel,
  linearModel,
  normalRows,
  pointModel,
  withModel,
} from '../testing.ts';
import { codeUsage } from './code-usage.ts';
import { diagnose } from './diagnose.ts';
import { indexCodeInformation } from './mutual-information.ts';

afterAll(removeTemporaryFolders);

const items = (images: Float32Array, size: number) => testItems(datasetOf(images, size));

/** Three dimensions: μ = 2x with σ² = ¼, a dimension that is the prior, one that is shifted but says nothing. */
const linear = (gain: number, logVar: number) =>
  linearModel({
    itemSize: 1,
    latentSize: 3,
    mean: { weights: [gain, 0, 0], bias: [0, 0, 0.5] },
    logVar: [logVar, 0, 0],
    decoder: { weights: [1, 0, 0], bias: [0] },
    likelihood: { kind: 'gaussian', sigma: 1 },
  });

describe('diagnose', () => {
  test('KL by dimension, active units, the parts of the KL', async () => {
    const x = normalRows(500, 1, 1);
    const { diagnostics, metrics } = await withModel(linear(2, Math.log(0.25)), (model) =>
      diagnose(model, items(x, 1)),
    );
    const square = x.reduce((sum, value) => sum + value ** 2, 0) / 500;
    const [first, second, third] = diagnostics.klByDimension as readonly number[];
    expect(first).toBeCloseTo(0.5 * (4 * square + 0.25 - 1 - Math.log(0.25)), 4);
    expect(second).toBeCloseTo(0, 6);
    expect(third).toBeCloseTo(0.125, 5);
    expect(diagnostics.activeUnits).toEqual({ count: 1, of: 3 });
    expect(diagnostics.warnings).toEqual([]);
    const { mutual, aggregateKl, items: count } = diagnostics.information ?? fail();
    // A Gaussian channel: ½ ln(1 + 4/¼), the aggregate N(0, 4.25) and the shift.
    expect(Math.abs(mutual - 0.5 * Math.log(17))).toBeLessThan(0.1);
    expect(mutual + aggregateKl).toBeCloseTo((first as number) + 0.125, 3);
    expect(count).toBe(500);
    expect(metrics.map(({ name }) => name)).toEqual([
      'active units',
      'mutual information',
      'aggregate KL',
    ]);
  });

  test('a posterior that says nothing is reported, with advice', async () => {
    const folder = linearModel({
      itemSize: 1,
      latentSize: 2,
      mean: { weights: [0.001, 0], bias: [0, 0] },
      logVar: [0, 0],
      decoder: { weights: [0, 0], bias: [0] },
      likelihood: { kind: 'gaussian', sigma: 1 },
    });
    const { diagnostics } = await withModel(folder, (model) =>
      diagnose(model, items(normalRows(50, 1, 1), 1)),
    );
    expect(diagnostics.activeUnits?.count).toBe(0);
    expect(diagnostics.warnings).toHaveLength(1);
    expect(diagnostics.warnings[0]).toMatch(/collapsed.*free bits/);
    expect(diagnostics.information?.mutual).toBeCloseTo(0, 3);
  });

  test('few dimensions in use are reported', async () => {
    const rest = new Array(20).fill(0);
    const folder = linearModel({
      itemSize: 1,
      latentSize: 21,
      mean: { weights: [2, ...rest], bias: [0, ...rest] },
      logVar: [-2, ...rest],
      decoder: { weights: [1, ...rest], bias: [0] },
      likelihood: { kind: 'gaussian', sigma: 1 },
    });
    const { diagnostics } = await withModel(folder, (model) =>
      diagnose(model, items(normalRows(50, 1, 1), 1)),
    );
    expect(diagnostics.warnings[0]).toMatch(/^Only 1 of 21 dimensions/);
  });

  test('levels of a ladder; those that are skipped are reported', async () => {
    const { diagnostics, metrics } = await withModel(ladderModel(), (model) =>
      diagnose(model, items(Float32Array.of(1, 0.1, -1, 0.1), 2)),
    );
    const [top, bottom] = diagnostics.klByLevel as readonly number[];
    expect(top).toBeCloseTo(2, 5);
    expect(bottom).toBeCloseTo(0.01, 5);
    expect(diagnostics.warnings[0]).toMatch(/^Level 2 of 2 .* carries less/);
    expect(metrics.map(({ name }) => name)).toContain('KL of level 2');
    const busy = await withModel(ladderModel(), (model) =>
      diagnose(model, items(Float32Array.of(1, 2, -1, 3), 2)),
    );
    expect(busy.diagnostics.warnings).toEqual([]);
  });

  test('a ladder whose means are alike, but not its KL, has not collapsed', async () => {
    const images = new Float32Array(20).fill(3);
    const { diagnostics } = await withModel(ladderModel(), (model) =>
      diagnose(model, items(images, 2)),
    );
    expect(diagnostics.activeUnits).toEqual({ count: 0, of: 2 });
    expect(diagnostics.klByLevel).toEqual([expect.closeTo(2, 9), expect.closeTo(9, 9)]);
    expect(diagnostics.warnings).toEqual([]);
  });

  test('the use of a codebook', async () => {
    const images = Float32Array.of(0, 1, 2, 3, 0, 1, 2, 3);
    const used = await withModel(codesModel(6), (model) => diagnose(model, items(images, 4)));
    expect(used.diagnostics.codes?.perplexity).toBeCloseTo(4, 9);
    expect(used.diagnostics.codes).toMatchObject({ dead: 2, codes: 6 });
    expect(used.diagnostics.warnings).toEqual([]);
    const unused = await withModel(codesModel(64), (model) =>
      diagnose(model, items(new Float32Array(64).fill(5), 4)),
    );
    expect(unused.diagnostics.warnings[0]).toMatch(/perplexity 1\.0 of 64 codes, 63 never chosen/);
  });

  test.each([1, 9])('%d items are no reason to call dimensions unused', async (count) => {
    const folder = linearModel({
      itemSize: 1,
      latentSize: 2,
      mean: { weights: [0.001, 0], bias: [3, 0] },
      logVar: [-2, -2],
      decoder: { weights: [1, 0], bias: [0] },
      likelihood: { kind: 'gaussian', sigma: 1 },
    });
    const { diagnostics, metrics } = await withModel(folder, (model) =>
      diagnose(model, items(normalRows(count, 1, 1), 1)),
    );
    expect(diagnostics.warnings).toEqual([]);
    expect(diagnostics.klByDimension).toHaveLength(2);
    expect(metrics).toContainEqual(expect.objectContaining({ name: 'active units', value: 0 }));
  });

  test('a deterministic code has active units alone', async () => {
    const { diagnostics } = await withModel(pointModel(2), (model) =>
      diagnose(model, items(normalRows(30, 2, 1), 2)),
    );
    expect(diagnostics).toEqual({ activeUnits: { count: 2, of: 2 }, warnings: [] });
  });
});

test('codeUsage: even use, uneven use, one code', () => {
  expect(codeUsage([3, 3, 3])).toMatchObject({ perplexity: expect.closeTo(3, 9), dead: 0 });
  expect(codeUsage([9, 1]).perplexity).toBeCloseTo(
    Math.exp(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1)),
    9,
  );
  expect(codeUsage([0, 4, 0])).toEqual({ perplexity: 1, dead: 2, codes: 3 });
});

test('the mutual information is ln N for posteriors apart, 0 for equal ones', () => {
  const rows = (values: number[]) => ({
    data: Float32Array.from(values),
    width: 1,
    count: values.length,
  });
  const narrow = rows([-10, -10, -10, -10]);
  const apart = indexCodeInformation(rows([0, 1, 2, 3]), narrow, createRandom(1));
  expect(apart).toBeCloseTo(Math.log(4), 6);
  expect(indexCodeInformation(rows([1, 1, 1, 1]), narrow, createRandom(1))).toBeCloseTo(0, 9);
  const pairs = indexCodeInformation(rows([0, 0, 3, 3]), narrow, createRandom(1));
  expect(pairs).toBeCloseTo(Math.log(2), 6);
});

function fail(): never {
  throw new Error('missing');
}
