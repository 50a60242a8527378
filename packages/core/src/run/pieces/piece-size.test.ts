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
    const slow = new PieceSize();
    pieces(slow, 1000, 40);
    expect(slow.next(1000)).toBe(1);
  });

  test.each([
    ['reads all its weights for each run', 5, 0.12],
    ['takes longer than a piece for that alone', 20, 2],
    ['has far more weights than work', 60, 0.5],
  ])('a network that %s gets pieces that are worth it', (_, launch, each) => {
    const size = new PieceSize();
    for (let call = 0; call < 50; call++) pieces(size, 128, each, launch);
    const rows = Math.max(...pieces(size, 128, each, launch));
    // At least nearly half of the time is work on rows, unless a call has no more of them.
    expect(rows === 128 || rows * each > 0.4 * launch).toBe(true);
    expect(launch + rows * each).toBeLessThanOrEqual(Math.max(16, 2.5 * launch));
  });

  test('the less a busy machine has left, the less is lost by cutting', () => {
    const size = new PieceSize();
    // Two to six times as long as alone, by turns that do not depend on the size.
    let turn = 0;
    const slowness = () => 2 + 4 * ((turn++ * 0.618) % 1);
    let rows = 0;
    let ms = 0;
    for (let call = 0; call < 100; call++) {
      for (let left = 128; left > 0; ) {
        const piece = size.next(left);
        const elapsed = (5 + 0.12 * piece) * slowness();
        size.learn(piece, elapsed);
        left -= piece;
        rows += piece;
        ms += elapsed;
      }
    }
    // In one piece it would be 0.64 ms a row, and row by row 20 ms.
    expect(ms / rows).toBeLessThan(2);
  });

  test('cuts into nearly equal pieces, and what fits into one', () => {
    const size = new PieceSize();
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

  test.each([
    [1, 1],
    [64, 64],
    [65, 33],
    [128, 64],
    [129, 43],
  ])('of the first %d rows, begins with %d', (left, expected) => {
    expect(new PieceSize().next(left)).toBe(expected);
  });

  test.each([
    ['fast: four times as many', 64, 1, 256],
    ['in no time: four times as many', 64, 0, 256],
    ['in a bit less than half of its time: as many as fit', 64, 7, 146],
    ['in half of its time: as many', 64, 8, 64],
    ['in all of its time: as many', 64, 16, 64],
    ['a bit late: as many as fit', 64, 20, 51],
    ['twice too late: half', 64, 32, 32],
    ['far too late: half', 64, 1000, 32],
    ['a piece of half as many, fast: as many as before', 32, 1, 64],
    ['a piece of one more than half, fast: four times that', 33, 1, 132],
    ['a small piece, too late: half', 3, 17, 32],
  ])('a piece that ended %s', (_, rows, elapsed, next) => {
    const size = new PieceSize();
    size.learn(rows, elapsed);
    expect(size.next(next)).toBe(next);
    expect(size.next(next + 1)).toBe(Math.ceil((next + 1) / 2));
  });

  test.each([
    ['2 MiB of them where they are handed over', 3136, 668],
    ['and as many of any size where they are not', 0, 4000],
    ['at least 16 of large items', 2 ** 20, 16],
    ['not more than fit into its time', 8, 4000],
  ])('holds so many rows: %s', (_, bytes, most) => {
    const size = new PieceSize();
    for (let i = 0; i < 10; i++) {
      const rows = size.next(1e6);
      size.learn(rows, rows * 0.004, rows * bytes);
    }
    // Of a million rows, pieces of nearly one size.
    expect(size.next(most)).toBe(most);
    expect(size.next(1e6)).toBe(Math.ceil(1e6 / Math.ceil(1e6 / most)));
  });

  test('a fixed size is not changed by what runs take', () => {
    const size = new PieceSize(10);
    for (const elapsed of [0, 1, 1000]) {
      size.learn(10, elapsed, 2 ** 30);
      expect([size.next(10), size.next(25), size.next(1000)]).toEqual([10, 9, 10]);
    }
  });
});
