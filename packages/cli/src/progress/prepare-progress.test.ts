import { expect, test } from '@jest/globals';
import { prepareProgress } from './prepare-progress.ts';

test('says nothing of what is quick, a line every two seconds otherwise, and the end', () => {
  const lines: string[] = [];
  let clock = 0;
  const io = { out: () => {}, err: (text: string) => lines.push(text), interactive: false };
  const tell = prepareProgress(io, () => clock);
  const at = (ms: number, done: number, bad = 0) => {
    clock = ms;
    tell({ done, total: 5000, bad, imagesPerSecond: 999.6 });
  };
  at(500, 256);
  expect(lines).toEqual([]);
  at(2100, 2560);
  at(2500, 3000);
  at(2600, 5000, 2);
  expect(lines).toEqual([
    'prepared 2,560 of 5,000 pictures, 1,000 images/s',
    'prepared 5,000 of 5,000 pictures, 2 bad, 1,000 images/s',
  ]);
});
