import { describe, expect, test } from '@jest/globals';
import type { Split } from '@latentkit/data';
import { isOver, judgingItems } from './best-epoch.ts';

describe('isOver', () => {
  test.each([
    { done: 9, best: undefined, patience: 2, over: false },
    { done: 10, best: undefined, patience: 2, over: true },
    { done: 5, best: 4, patience: 2, over: false },
    { done: 6, best: 4, patience: 2, over: true },
    { done: 6, best: 4, patience: undefined, over: false },
    { done: 6, best: 4, patience: 3, over: false },
  ])('$done epochs of 10 done, the best $best, patience $patience: $over', (each) => {
    const best = each.best === undefined ? undefined : { epoch: each.best, loss: 1 };
    const { done, patience, over } = each;
    const config = { epochs: 10, ...(patience === undefined ? {} : { patience }) };
    expect(isOver({ epochsDone: done, best }, config)).toBe(over);
  });
});

describe('judgingItems', () => {
  const split = (count: number): Split => ({
    images: new Float32Array(count),
    labels: new Uint8Array(count),
    count,
  });

  test('are the validation items, where it is asked for and chance would not decide', () => {
    const enough = split(16);
    expect(judgingItems({ validation: enough }, { patience: 1 })).toBe(enough);
    expect(judgingItems({ validation: split(15) }, { patience: 1 })).toBeUndefined();
    expect(judgingItems({ validation: enough }, {})).toBeUndefined();
    expect(judgingItems({}, { patience: 1 })).toBeUndefined();
  });
});
