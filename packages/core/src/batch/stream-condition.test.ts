import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import type { Condition } from './condition.ts';
import { batchCondition, StreamCondition } from './stream-condition.ts';

const card: ModelCard = { ...fakeCard(), condition: { labels: ['a', 'b'] } };
const of = (condition?: Condition) => new StreamCondition(condition, card);
const weights = (...values: number[]) => tensor(Float32Array.from(values), [values.length / 2, 2]);

/** The weights of chunks of so many rows. */
const chunks = (stream: StreamCondition, ...counts: number[]) =>
  counts.map((count) => [...(stream.next(count)?.(0, count) ?? [])]);

test('one label is that of every row', () => {
  expect(chunks(of('b'), 1, 2)).toEqual([
    [0, 1],
    [0, 1, 0, 1],
  ]);
});

test.each<[string, Condition]>([
  ['names', ['a', 'b', 'b', 'a']],
  ['indices', Int32Array.of(0, 1, 1, 0)],
  ['weights', weights(1, 0, 0, 1, 0, 1, 1, 0)],
])('a list of %s is cut by the rows of the chunks', (_, condition) => {
  const stream = of(condition);
  expect(chunks(stream, 1, 2, 1)).toEqual([
    [1, 0],
    [0, 1, 0, 1],
    [1, 0],
  ]);
  expect(() => stream.end()).not.toThrow();
});

test('a part of the rows of a chunk has its own weights', () => {
  const rows = of(['a', 'b', 'a']).next(3);
  expect([...(rows?.(1, 3) ?? [])]).toEqual([0, 1, 1, 0]);
});

test('a chunk’s own condition counts its rows among the stream’s', () => {
  const stream = of(['a', 'a', 'b']);
  expect([...(stream.next(1, 'b')?.(0, 1) ?? [])]).toEqual([0, 1]);
  expect([...(stream.next(1, weights(0.5, 0.5))?.(0, 1) ?? [])]).toEqual([0.5, 0.5]);
  expect(chunks(stream, 1)).toEqual([[0, 1]]);
});

describe('as many labels as rows', () => {
  const wrong = (rows: number, labels: number) =>
    expect.objectContaining({
      code: 'invalid-input',
      message: `condition: expected one label, or one for each of the stream's rows (${rows} have come), received ${labels}.`,
    });

  test.each<[string, Condition, number]>([
    ['names', ['a', 'b'], 2],
    ['weights', weights(1, 0, 0, 1, 1, 0), 3],
  ])('%s: not fewer, not more', (_, condition, labels) => {
    expect(() => of(condition).next(labels + 1)).toThrow(wrong(labels + 1, labels));
    const stream = of(condition);
    stream.next(labels - 1);
    expect(() => stream.end()).toThrow(wrong(labels - 1, labels));
    stream.next(1);
    expect(() => stream.end()).not.toThrow();
  });

  test('one label is enough for any, and for none', () => {
    expect(() => of('a').end()).not.toThrow();
    expect(() => of(undefined).end()).not.toThrow();
  });
});

test('the weights of a row are as many as the labels; none of an unconditional model', () => {
  expect(of('a').size).toBe(2);
  const unconditional = new StreamCondition(undefined, fakeCard());
  expect(unconditional.size).toBe(0);
  expect(unconditional.next(2)).toBeUndefined();
  expect(() => new StreamCondition('a', fakeCard())).toThrow(
    "condition: expected none (fake is unconditional), received 'a'.",
  );
});

test('weights of a batch become its condition; none where there are none', () => {
  expect(batchCondition(Float32Array.of(1, 0, 0, 1), 2)).toEqual(weights(1, 0, 0, 1));
  expect(batchCondition(new Float32Array(), 2)).toBeUndefined();
});
