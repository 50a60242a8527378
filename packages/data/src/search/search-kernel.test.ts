import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LANES, ROWS_AT_A_TIME } from './scan-kernel.ts';
import { searchKernel } from './search-kernel.ts';
import { GROUP } from './sift-kernel.ts';

const FLOAT = 4;
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const kernel = searchKernel(memory);
const floats = new Float32Array(memory.buffer);
const { fround } = Math;
const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe('scan', () => {
  /** The four sums of a row in single precision, one after the other, then their sum. */
  function inOrder(terms: readonly number[]): number {
    const lanes = Array(LANES).fill(0) as number[];
    for (const [i, term] of terms.entries()) {
      lanes[i % LANES] = fround((lanes[i % LANES] as number) + term);
    }
    return lanes.reduce((sum, lane) => fround(sum + lane));
  }

  const cases = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
    .chain(([quarter, vectors]) => {
      const width = vectors * LANES;
      const floatsOf = (length: number) =>
        fc.array(finite, { minLength: length, maxLength: length });
      return fc.record({
        quarter: fc.constant(quarter),
        query: floatsOf(width),
        rows: floatsOf(quarter * ROWS_AT_A_TIME * width),
      });
    });

  test('sums each row in one order, to the bit, near what double precision gives', () => {
    fc.assert(
      fc.property(cases, ({ quarter, query, rows }) => {
        const width = query.length;
        const [queryAt, rowsAt, out] = [0, 1024, 32768];
        floats.set(query, queryAt);
        floats.set(rows, rowsAt / FLOAT);
        for (const kind of ['dot', 'distance'] as const) {
          const [bytes, stride] = [width * FLOAT, quarter * width * FLOAT];
          kernel[kind](rowsAt, stride, bytes, queryAt, out, quarter * FLOAT);
          for (let row = 0; row < quarter * ROWS_AT_A_TIME; row++) {
            const pairs = query.map((q, i) => [q, rows[row * width + i] as number] as const);
            const terms = pairs.map(([q, v]) =>
              fround(kind === 'dot' ? q * v : fround(q - v) ** 2),
            );
            const sum = floats[out / FLOAT + row] as number;
            expect(sum).toBe(inOrder(terms));
            const exact = pairs.map(([q, v]) => (kind === 'dot' ? q * v : (q - v) ** 2));
            const wanted = exact.reduce((a, b) => a + b, 0);
            const size = exact.reduce((a, b) => a + Math.abs(b), 0);
            expect(Math.abs(sum - wanted)).toBeLessThanOrEqual(width * 2 ** -23 * size + 1e-37);
          }
        }
      }),
    );
  });
});

describe('sift', () => {
  const [valuesAt, scalesAt, out] = [1024, 8192, 16384];
  const one = fc.oneof(finite, fc.constantFrom(0, 1, Number.NaN, Infinity, -Infinity));

  test('keeps the groups that hold a number not above the bound, and no others', () => {
    const pair = fc.tuple(one, finite);
    const groups = fc.array(fc.array(pair, { minLength: GROUP, maxLength: GROUP }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(groups, fc.oneof(one, fc.constant(Infinity)), (list, bound) => {
        floats.set(
          list.flat().map(([value]) => value),
          valuesAt / FLOAT,
        );
        floats.set(
          list.flat().map(([, scale]) => scale),
          scalesAt / FLOAT,
        );
        const end = valuesAt + list.length * GROUP * FLOAT;
        for (const name of ['sift', 'siftScaled'] as const) {
          const last = kernel[name](valuesAt, end, scalesAt, bound, out);
          const kept = [...new Uint32Array(memory.buffer, out, (last - out) / FLOAT)];
          const wanted = [...list.keys()].filter((group) =>
            list[group]?.some(([value, scale]) => {
              const compared = name === 'sift' ? value : fround(value * scale);
              return !(compared > fround(bound));
            }),
          );
          expect(kept.map((at) => (at - valuesAt) / (GROUP * FLOAT))).toEqual(wanted);
        }
      }),
    );
  });
});
