import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { posteriorNoise, posteriorNoiseRows, samplePrior } from './noise.ts';

const deviates = (seed: number, stream: string, count: number) =>
  createRandom(seed, stream).fillNormal(new Float32Array(count));

describe('samplePrior', () => {
  test('gives the deviates of the stream `prior` times the temperature', () => {
    expect(samplePrior(2, 3, { seed: 9 })).toEqual({
      data: deviates(9, 'prior', 6),
      dims: [2, 3],
      dtype: 'float32',
    });
    const scaled = deviates(9, 'prior', 6).map((value) => value * 0.5);
    expect(samplePrior(2, 3, { seed: 9, temperature: 0.5 }).data).toEqual(scaled);
    expect(samplePrior(2, 3, { seed: 9, temperature: 0 }).data.map(Math.abs)).toEqual(
      new Float32Array(6),
    );
  });

  test('more draws under one seed begin with the same draws', () => {
    const few = samplePrior(3, 5, { seed: 9 });
    const many = samplePrior(8, 5, { seed: 9 });
    expect(many.data.slice(0, few.data.length)).toEqual(few.data);
    expect(many.dims).toEqual([8, 5]);
  });

  test.each<[string, unknown[]]>([
    ['size', [1, 0, { seed: 1 }]],
    ['size', [1, '2', { seed: 1 }]],
    ['count', [0, 5, { seed: 1 }]],
    ['count', [1.5, 5, { seed: 1 }]],
    ['count', [2 ** 31, 1, { seed: 1 }]],
    ['count', [2 ** 21, 2 ** 10, { seed: 1 }]],
    ['options', [1, 5]],
    ['options', [1, 5, null]],
    ['options', [1, 5, 7]],
    ['options', [1, 5, [1]]],
    ['seed', [1, 5, {}]],
    ['seed', [1, 5, { seed: -1 }]],
    ['temperature', [1, 5, { seed: 1, temperature: -1 }]],
    ['temperature', [1, 5, { seed: 1, temperature: Number.NaN }]],
    ['temperature', [1, 5, { seed: 1, temperature: Number.POSITIVE_INFINITY }]],
    ['temperature', [1, 5, { seed: 1, temperature: '1' }]],
  ])('refuses a misshapen %s: %j', (argument, args) => {
    expect(() => (samplePrior as (...args: unknown[]) => unknown)(...args)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', argument }),
    );
  });
});

describe('posteriorNoise', () => {
  test('is 0 without a seed, and seeded deviates of its own stream with one', () => {
    expect(posteriorNoise(2, 3, {})).toEqual({
      data: new Float32Array(6),
      dims: [2, 3],
      dtype: 'float32',
    });
    expect(posteriorNoise(2, 3, { seed: 4 }).data).toEqual(deviates(4, 'posterior', 6));
    expect(posteriorNoise(2, 3, { seed: 4, temperature: 2 }).data).toEqual(
      deviates(4, 'posterior', 6).map((value) => 2 * value),
    );
  });

  test('refuses a temperature that is none, also without a seed', () => {
    expect(() => posteriorNoise(1, 1, { temperature: -1 })).toThrow(
      'temperature: expected a number from 0 to 1e+37, received -1.',
    );
  });
});

describe('posteriorNoiseRows', () => {
  test.each([1, 2, 3])('pieces of %d rows are the rows of the whole', (rows) => {
    const options = { seed: 4, temperature: 0.7 };
    const next = posteriorNoiseRows(3, options);
    const pieces = Array.from({ length: 6 / rows }, () => [...next(rows).data]).flat();
    expect(pieces).toEqual([...posteriorNoise(6, 3, options).data]);
    expect(new Set(pieces).size).toBe(18);
  });

  test('without a seed there is none', () => {
    expect(posteriorNoiseRows(2, {})(2)).toMatchObject({ data: new Float32Array(4), dims: [2, 2] });
  });
});

describe('one draw for all rows', () => {
  test('each row is the first of the stream, whatever the number of rows of a call', () => {
    const rows = posteriorNoiseRows(2, { seed: 4, oneDraw: true, temperature: 0.5 });
    const [a, b] = deviates(4, 'posterior', 2).map((value) => value * 0.5);
    expect(Array.from(rows(3).data)).toEqual([a, b, a, b, a, b]);
    expect(Array.from(rows(1).data)).toEqual([a, b]);
  });

  test('without a seed it is none', () => {
    expect(posteriorNoiseRows(2, { oneDraw: true })(2).data).toEqual(new Float32Array(4));
  });
});

test('what is missing is told with an example', () => {
  expect(() => samplePrior(1, 1, undefined as never)).toThrow(/\{ seed: 1 \}/);
});
