import type { FileHandle } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { readFully, writeFully } from './whole-pieces.ts';

/** A file of so many bytes that notes what it is asked for, and moves no more than a quarter of it at a time. */
function recording(size: number) {
  const asked: [length: number, position: number][] = [];
  const moved = (length: number, position: number) => {
    asked.push([length, position]);
    return Math.max(0, Math.min(Math.ceil(length / 4), size - position));
  };
  const file = {
    read: async (_: unknown, __: number, length: number, position: number) => ({
      bytesRead: moved(length, position),
    }),
    write: async (_: unknown, __: number, length: number, position: number) => ({
      bytesWritten: moved(length, position),
    }),
  };
  return { file: file as unknown as FileHandle, asked };
}

// Nothing touches the memory, which the system then does not give.
const bytes = new Uint8Array(2 ** 31 + 5);

test.each([
  ['readFully', readFully],
  ['writeFully', writeFully],
])('%s moves more bytes than fit 31 bits, in pieces that do', async (_, move) => {
  const { file, asked } = recording(Number.POSITIVE_INFINITY);
  await move(file, bytes, 7);
  expect(asked[0]).toEqual([2 ** 30, 7]);
  expect(Math.max(...asked.map(([length]) => length))).toBe(2 ** 30);
  const [last = 0, at = 0] = asked.at(-1) ?? [];
  expect(at + last).toBe(7 + bytes.length);
});

test('a file that ends says how far it went', async () => {
  const { file } = recording(1000);
  expect(await readFully(file, bytes, 0)).toBe(1000);
});
