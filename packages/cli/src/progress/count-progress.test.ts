import { expect, test } from '@jest/globals';
import { recordingIo } from '../testing.ts';
import { countProgress } from './count-progress.ts';

test('tells a line every two seconds, with what is bad and what is left', () => {
  const io = recordingIo();
  let time = 0;
  const { show } = countProgress(io, 'embedded', () => time);
  const at = (now: number, done: number, bad = 0) => {
    time = now;
    show({ done, total: 12_000, bad, imagesPerSecond: 1000 });
  };
  at(100, 100);
  at(2000, 2000);
  at(3000, 3000);
  at(4000, 4000, 3);
  expect(io.said).toEqual([
    'embedded 2,000 of 12,000, 1,000/s, 10 s left',
    'embedded 4,000 of 12,000, 3 bad, 1,000/s, 8.0 s left',
  ]);
});
