import { expect, test } from '@jest/globals';
import { assignParts } from './assign-parts.ts';

const items = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `${i}.png` }));

test('about the share is for testing, and pictures that come later move none', () => {
  const parts = assignParts(items(5000), { testShare: 0.2 });
  const share = parts.filter((part) => part === 'test').length / 5000;
  expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 5000));
  expect(assignParts(items(9000), { testShare: 0.2 }).slice(0, 5000)).toEqual(parts);
  // A larger share adds to what was for testing.
  const more = assignParts(items(5000), { testShare: 0.3 });
  expect(parts.every((part, i) => part !== 'test' || more[i] === 'test')).toBe(true);
});

test('a handful has both parts', () => {
  for (let count = 2; count < 40; count++) {
    for (const testShare of [0.001, 0.1, 0.999]) {
      const parts = new Set(assignParts(items(count), { testShare }));
      expect(parts).toEqual(new Set(['train', 'test']));
    }
  }
});

test('what the source says is kept; validation alone serves for testing', () => {
  const say = (...parts: ('train' | 'validation' | 'test')[]) =>
    assignParts(parts.map((part, i) => ({ id: `${i}`, part })));
  expect(say('train', 'validation', 'test')).toEqual(['train', 'validation', 'test']);
  expect(say('train', 'validation')).toEqual(['train', 'test']);
  expect(say('train', 'test', 'test')).toEqual(['train', 'test', 'test']);
  expect(new Set(say('train', 'train', 'train'))).toEqual(new Set(['train', 'test']));
});
