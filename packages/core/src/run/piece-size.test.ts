import { describe, expect, test } from '@jest/globals';
import { PieceSize } from './piece-size.ts';

/** Runs `count` rows that take `each` ms, and `launch` ms a run, piece by piece. */
function pieces(size: PieceSize, count: number, each: number, launch = 0): number[] {
  const taken: number[] = [];
  for (let left = count; left > 0; ) {
    const rows = size.next(left);
    taken.push(rows);
    size.learn(rows, launch + rows * each);
    left -= rows;
  }
  return taken;
}

describe('PieceSize', () => {
  test('begins small, and grows to pieces of 16 ms', () => {
    const taken = pieces(new PieceSize(), 100_000, 0.004);
    expect(taken[0]).toBeLessThanOrEqual(64);
    expect(Math.max(...taken)).toBeGreaterThan(2000);
    expect(Math.max(...taken) * 0.004).toBeLessThanOrEqual(16);
    expect(taken.reduce((a, b) => a + b)).toBe(100_000);
  });

  test('shrinks for a large network, to single rows', () => {
    const size = new PieceSize();
    pieces(size, 1000, 3);
    expect(size.next(1000) * 3).toBeLessThanOrEqual(16);
    pieces(size, 1000, 40);
    expect(size.next(1000)).toBe(1);
  });

  test('cuts into nearly equal pieces, and what fits into one', () => {
    const size = new PieceSize();
    size.learn(1000, 16);
    const rows = size.next(1e6);
    expect(size.next(rows)).toBe(rows);
    const taken = pieces(size, 3 * rows + 1, 16 / rows);
    expect(Math.max(...taken) - Math.min(...taken)).toBeLessThanOrEqual(2);
  });

  test('small runs, whose time is mostly overhead, do not make pieces small', () => {
    const size = new PieceSize();
    pieces(size, 100_000, 0.004);
    const before = size.next(1e6);
    for (let i = 0; i < 1000; i++) size.learn(1, 0.06);
    expect(size.next(1e6)).toBe(before);
  });

  test('one run that was held up halves the pieces at most, and they recover', () => {
    const size = new PieceSize();
    pieces(size, 100_000, 0.004);
    const before = size.next(1e6);
    size.learn(before, 5000);
    expect(size.next(1e6)).toBeGreaterThanOrEqual(Math.floor(before / 2));
    pieces(size, 100_000, 0.004);
    expect(size.next(1e6)).toBeGreaterThanOrEqual(before / 2);
  });
});
