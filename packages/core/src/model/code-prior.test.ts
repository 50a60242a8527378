import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { createRandom } from '../random.ts';
import type { NamedTensors, RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { fakeCard } from '../testing/fake-card.ts';
import { CodePrior, categorical } from './code-prior.ts';

const LATENT = { size: 8, grid: [2, 2], codes: 3, dim: 2 } as const;
const CELLS = 4;
/** The logits of a cell, given the code of the cell before (0 in front of the first). */
const LOGITS = [
  [0, 1, -1],
  [2, 0, 0.5],
  [-0.5, -0.5, 3],
];

function prior({ labels, takesY = false }: { labels?: string[]; takesY?: boolean } = {}) {
  const card: ModelCard = { ...fakeCard(), ...(labels ? { condition: { labels } } : {}) };
  const fed: NamedTensors[] = [];
  const signals: unknown[] = [];
  let disposed = 0;
  const session = {
    runner: {
      inputs: [{ name: 'indices' }, ...(takesY ? [{ name: 'y' }] : [])],
    },
    run: async (feeds: NamedTensors, { signal }: RunOptions) => {
      fed.push({ ...feeds });
      signals.push(signal);
      const { data, dims } = feeds['indices'] as Tensor<'int32'>;
      const logits = Array.from(data).flatMap(
        (_, at) => LOGITS[at % CELLS === 0 ? 0 : (data[at - 1] as number)] as number[],
      );
      return { logits: { data: Float32Array.from(logits), dims: [...dims, 3], dtype: 'float32' } };
    },
    dispose: async () => {
      disposed++;
    },
  };
  const of = new CodePrior(card, LATENT, session as unknown as Session);
  return { of, fed, signals, disposed: () => disposed };
}

/** ln p(code | the code before), from the softmax. */
function logProbability(before: number, code: number): number {
  const logits = LOGITS[before] as number[];
  return (logits[code] as number) - Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0));
}

const grids = (...indices: number[]): Tensor<'int32'> => ({
  data: Int32Array.from(indices),
  dims: [indices.length / CELLS, 2, 2],
  dtype: 'int32',
});

describe('negativeLogProbability', () => {
  test('is the sum over the cells of −ln softmax, grid by grid', async () => {
    const codes = [0, 1, 2, 0, 2, 2, 1, 1];
    const expected = [0, 1].map((row) =>
      [0, 1, 2, 3].reduce((sum, cell) => {
        const at = row * CELLS + cell;
        return sum - logProbability(cell ? (codes[at - 1] as number) : 0, codes[at] as number);
      }, 0),
    );
    const { of, fed } = prior();
    const found = await of.negativeLogProbability(grids(...codes));
    expect(Array.from(found)).toEqual(expected.map((value) => expect.closeTo(value, 5)));
    expect(Object.keys(fed[0] ?? {})).toEqual(['indices']);
  });

  test('of all grids there are: their probabilities sum to one', async () => {
    const all = Array.from({ length: 81 }, (_, i) =>
      [27, 9, 3, 1].map((d) => Math.floor(i / d) % 3),
    );
    const found = await prior().of.negativeLogProbability(grids(...all.flat()));
    expect(found.reduce((sum, nats) => sum + Math.exp(-nats), 0)).toBeCloseTo(1, 5);
  });
});

describe('sample', () => {
  test('draws each cell by its conditional: frequencies are the probabilities', async () => {
    const count = 4000;
    const data = await prior().of.sample(count, { seed: 1 });
    expect(data).toHaveLength(count * CELLS);
    const seen = LOGITS.map(() => [0, 0, 0]);
    for (let at = 0; at < data.length; at++) {
      const row = seen[at % CELLS ? (data[at - 1] as number) : 0] as number[];
      (row[data[at] as number] as number)++;
    }
    for (const [before, row] of seen.entries()) {
      const total = row.reduce((a, b) => a + b, 0);
      for (const [code, times] of row.entries()) {
        expect(times / total).toBeCloseTo(Math.exp(logProbability(before, code)), 1);
      }
    }
  });

  test('is the inverse of the cumulative softmax at the stream `prior`, item by item', async () => {
    const uniforms = createRandom(7, 'prior');
    const expected: number[] = [];
    for (let at = 0; at < 3 * CELLS; at++) {
      const logits = LOGITS[at % CELLS ? (expected[at - 1] as number) : 0] as number[];
      expected.push(categorical(Float32Array.from(logits), 0.5, uniforms.uniform()));
    }
    expect(Array.from(await prior().of.sample(3, { seed: 7, temperature: 0.5 }))).toEqual(expected);
    expect(Array.from(await prior().of.sample(1, { seed: 7, temperature: 0.5 }))).toEqual(
      expected.slice(0, CELLS),
    );
  });

  test('temperature 0 takes the likeliest code of each cell', async () => {
    // From nothing 1, from 1 0, from 0 1, from 1 0.
    expect(Array.from(await prior().of.sample(2, { seed: 1, temperature: 0 }))).toEqual([
      1, 0, 1, 0, 1, 0, 1, 0,
    ]);
  });

  const counts = 'count: expected an integer from 1 to 178956970, received';

  test.each<[string, number, object, string]>([
    ['no count', 0, { seed: 1 }, `${counts} 0.`],
    ['more logits than arrays hold', 178_956_971, { seed: 1 }, `${counts} 178956971.`],
    [
      'a temperature below 0',
      1,
      { seed: 1, temperature: -1 },
      'temperature: expected a number from 0 to 1e+37, received -1.',
    ],
    [
      'a condition of an unconditional model',
      1,
      { seed: 1, condition: 'a' },
      "condition: expected none (fake is unconditional), received 'a'.",
    ],
  ])('%s: refused', async (_, count, options, message) => {
    await expect(prior().of.sample(count, options as never)).rejects.toThrow(message);
  });
});

describe('what the graph is fed', () => {
  const labels = ['a', 'b'];
  const { signal } = new AbortController();

  test('are the codes so far, the labels of the grids where it takes them, and the signal', async () => {
    const { of, fed, signals } = prior({ labels, takesY: true });
    await of.sample(2, { seed: 1, condition: ['b', 'a'], signal });
    expect(fed).toHaveLength(CELLS);
    for (const { indices, y } of fed) {
      expect(indices?.dims).toEqual([2, 2, 2]);
      expect(y).toEqual(tensor(Float32Array.of(0, 1, 1, 0), [2, 2]));
    }
    await of.negativeLogProbability(grids(0, 1, 2, 0), { condition: 'b', signal });
    expect(fed[CELLS]).toEqual({
      indices: grids(0, 1, 2, 0),
      y: tensor(Float32Array.of(0, 1), [1, 2]),
    });
    expect(signals).toEqual(Array(CELLS + 1).fill(signal));
  });

  test('are no labels where it takes none', async () => {
    const { of, fed } = prior({ labels });
    await of.negativeLogProbability(grids(0, 1, 2, 0), { condition: 'b' });
    expect(fed).toEqual([{ indices: grids(0, 1, 2, 0) }]);
  });
});

test.each([
  ['so large that their exponentials overflow', [1000, 1001, 999], [0, 1, -1]],
  ['of codes that cannot be', [0, Number.NEGATIVE_INFINITY, 0], [0, Number.NEGATIVE_INFINITY, 0]],
])('logits %s', async (_, logits, small) => {
  const session = {
    runner: { inputs: [] },
    run: async () => ({ logits: tensor(Float32Array.from([1, 2, 3, 4].flatMap(() => logits))) }),
  };
  const of = new CodePrior(fakeCard(), LATENT, session as unknown as Session);
  const lengths = async (code: number) => of.negativeLogProbability(grids(code, code, code, code));
  const total = small.reduce((sum, logit) => sum + Math.exp(logit), 0);
  for (const [code, logit] of small.entries()) {
    const expected = 4 * (Math.log(total) - logit);
    const [found] = await lengths(code);
    if (expected === Number.POSITIVE_INFINITY) expect(found).toBe(expected);
    else expect(found).toBeCloseTo(expected, 5);
  }
});

test('dispose frees the session', async () => {
  const { of, disposed } = prior();
  await of.dispose();
  expect(disposed()).toBe(1);
});

describe('categorical', () => {
  const logits = Float32Array.of(Math.log(1), Math.log(2), Math.log(5));

  test.each([
    [0, 0],
    [0.12, 0],
    [0.13, 1],
    [0.37, 1],
    [0.38, 2],
    [0.999, 2],
  ])('weights 1, 2 and 5 at %s: index %s', (uniform, index) => {
    expect(categorical(logits, 1, uniform)).toBe(index);
  });

  test('a temperature of 2 takes the roots of the weights', () => {
    const total = 1 + Math.SQRT2 + Math.sqrt(5);
    expect(categorical(logits, 2, 1 / total - 0.01)).toBe(0);
    expect(categorical(logits, 2, 1 / total + 0.01)).toBe(1);
    expect(categorical(logits, 2, (1 + Math.SQRT2) / total + 0.01)).toBe(2);
  });

  test.each([1000, -1000])('only differences of logits count, around %d too', (level) => {
    // Weights 1 and 3.
    const logits = Float32Array.of(level, level + Math.log(3));
    expect([0.2, 0.24, 0.26, 0.9].map((uniform) => categorical(logits, 1, uniform))).toEqual([
      0, 0, 1, 1,
    ]);
  });

  test('temperature 0, and what rounding leaves over, is the first of the likeliest', () => {
    expect(categorical(Float32Array.of(1, 3, 3), 0, 0.99)).toBe(1);
    expect(categorical(Float32Array.of(4, 3, 3), 0, 0.99)).toBe(0);
    expect(categorical(logits, 1, 1)).toBe(2);
  });
});
