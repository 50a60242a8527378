import { describe, expect, test } from '@jest/globals';
import { randomFloats, seeded } from '../testing/run-passes.ts';
import { LARGEST_HALF, toHalf } from './half.ts';

/** IEEE 754 binary16, by its definition. */
function valueOfBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bitsOf(values: number[]): number[] {
  return [...new Uint16Array(toHalf(values).raw.buffer)];
}

describe('toHalf', () => {
  test('keeps every half as it is', () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => bits);
    const finite = all.filter((bits) => ((bits >> 10) & 0x1f) !== 0x1f);
    const { raw, ...report } = toHalf(finite.map(valueOfBits));
    expect(new Uint16Array(raw.buffer)).toEqual(Uint16Array.from(finite));
    expect(report).toEqual({ maxAbsError: 0, clamped: 0, flushed: 0 });
  });

  test('rounds ties to even and all else to nearest, subnormals included', () => {
    const wrong: object[] = [];
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [valueOfBits(bits), valueOfBits(bits + 1)];
      const tie = (low + high) / 2;
      const step = (high - low) / 1000;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const got = bitsOf([tie, tie - step, tie + step, -tie]);
      const wanted = [even, bits, bits + 1, even | 0x8000];
      if (got.some((half, i) => half !== wanted[i])) wrong.push({ bits, got, wanted });
    }
    expect(wrong).toEqual([]);
  });

  test('clamps what is out of range and counts it; keeps NaN, infinities and the sign of zero', () => {
    const values = [65504, 65519.99, 65520, 1e30, -1e30, -0, Infinity, -Infinity, Number.NaN];
    const { raw, ...report } = toHalf(values);
    const halves = [...new Uint16Array(raw.buffer)].map(valueOfBits);
    const top = LARGEST_HALF;
    expect(halves).toEqual([top, top, top, top, -top, -0, Infinity, -Infinity, Number.NaN]);
    expect(report.clamped).toBe(3);
    expect(report.maxAbsError).toBe(1e30 - 65504);
  });

  test('counts what becomes 0', () => {
    const smallest = 2 ** -24;
    expect(toHalf([smallest / 2, smallest / 2 + 1e-12, 0, -1e-20]).flushed).toBe(2);
  });

  test('reports the largest error', () => {
    const values = randomFloats(seeded(1), 1000);
    const { raw, maxAbsError } = toHalf(values);
    const halves = [...new Uint16Array(raw.buffer)].map(valueOfBits);
    const worst = Math.max(...halves.map((half, i) => Math.abs(half - (values[i] as number))));
    expect(maxAbsError).toBe(worst);
    expect(worst).toBeLessThanOrEqual(2 ** -11);
  });
});
