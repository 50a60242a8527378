import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { adam } from './adam.ts';
import { float32Arithmetic } from './arithmetic.ts';
import { sgd } from './sgd.ts';
import { compileUpdateKernel } from './update-kernel.ts';
import type { UpdateRule } from './update-rule.ts';
import { withAverage } from './with-average.ts';

const COUNT = 64;

/** Weight, gradient and slots one behind the other, filled with normal numbers. */
function example(rule: UpdateRule, count = COUNT) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const all = new Float32Array(memory.buffer, 0, COUNT * (2 + rule.slots.length));
  createRandom(3).fillNormal(all);
  const at = (index: number) => index * COUNT * 4;
  // Second moments are not negative.
  const slots = rule.slots.map((_, i) => 2 + i);
  for (const slot of slots) {
    for (let i = slot * COUNT; i < (slot + 1) * COUNT; i++) all[i] = Math.abs(all[i] as number);
  }
  const layout = { weight: at(0), gradient: at(1), slots: slots.map(at), count };
  return { all, kernel: compileUpdateKernel(rule, memory, layout) };
}

const RULES: Record<string, UpdateRule> = {
  adam: adam(),
  'adam with decoupled decay': adam({ weightDecay: 0.01 }),
  'gradient descent': sgd({ momentum: 0.5 }),
  'adam with an average': withAverage(adam(), 0.99),
};

describe.each(Object.entries(RULES))('%s', (_, rule) => {
  test('gives in WebAssembly what it gives on single numbers, to the bit', () => {
    const { all, kernel } = example(rule);
    const before = all.slice();
    const rates = rule.ratesAt(1e-3, 5);
    kernel.update(0.5, rates);
    for (let i = 0; i < COUNT; i++) {
      const value = (array: number) => before[array * COUNT + i] as number;
      const expected = rule.update(float32Arithmetic, {
        weight: value(0),
        gradient: Math.fround(value(1) * 0.5),
        slots: rule.slots.map((_, slot) => value(2 + slot)),
        rates: rates.map(Math.fround),
      });
      expect(all[i]).toBe(expected.weight);
      for (const [slot, slotValue] of expected.slots.entries()) {
        expect(all[(2 + slot) * COUNT + i]).toBe(slotValue);
      }
      expect(all[COUNT + i]).toBe(value(1));
    }
  });

  test('updates as many as it is told', () => {
    const { all, kernel } = example(rule, 8);
    const before = all.slice();
    kernel.update(1, rule.ratesAt(1e-3, 1));
    expect(all.subarray(8, COUNT)).toEqual(before.subarray(8, COUNT));
    expect(all.subarray(0, 8)).not.toEqual(before.subarray(0, 8));
  });
});

test('averages too small to matter become 0, and NaN is not mistaken for one', () => {
  const { all, kernel } = example(sgd());
  all.fill(1e-31);
  all[2 * COUNT + 1] = Number.NaN;
  all[2 * COUNT + 2] = -1e-29;
  all[2 * COUNT + 3] = -1e-31;
  const before = all.slice();
  kernel.dropNegligible();
  expect(all.subarray(0, 2 * COUNT)).toEqual(before.subarray(0, 2 * COUNT));
  expect([...all.subarray(2 * COUNT, 2 * COUNT + 4)]).toEqual([
    0,
    Number.NaN,
    Math.fround(-1e-29),
    0,
  ]);
});

test('sums squares in double precision', () => {
  const { all, kernel } = example(sgd());
  const gradient = all.subarray(COUNT, 2 * COUNT);
  gradient[5] = 1e4;
  const expected = gradient.reduce((sum, value) => sum + value * value, 0);
  expect(kernel.gradientSquares() / expected).toBeCloseTo(1, 14);
});
