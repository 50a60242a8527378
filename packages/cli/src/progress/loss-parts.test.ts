import { expect, test } from '@jest/globals';
import { drawsOf, testLossParts } from './loss-parts.ts';

const plain = { family: 'vae', freeBits: 0, samples: 5, groups: 5, bound: 'iwae' } as const;
const terms = (loss: number) => ({ loss, reconstruction: 80, kl: 10 });

test.each([
  ['a vae', plain, 90, []],
  ['free bits', { ...plain, freeBits: 10 }, 100, [['free bits', '10.00']]],
  ['a vq-vae', { ...plain, family: 'vq-vae' }, 90.5, [['commitment', '0.50']]],
  ['draws', { ...plain, family: 'iwae' }, 87, [['weighting of the draws', '-3.00']]],
  ['one draw', { ...plain, family: 'iwae', samples: 1 }, 90, []],
] as const)('of a test loss with %s all parts are named', (_, objective, loss, more) => {
  const parts = testLossParts(terms(loss), objective);
  expect(parts).toEqual([['reconstruction', '80.00'], ['KL', '10.00'], ...more]);
  expect(parts.reduce((sum, [, nats]) => sum + Number(nats), 0)).toBeCloseTo(loss);
});

test('groups count where the bound is of groups', () => {
  expect(drawsOf(plain)).toBe(1);
  expect(drawsOf({ ...plain, family: 'iwae' })).toBe(5);
  expect(drawsOf({ ...plain, family: 'iwae', bound: 'miwae' })).toBe(25);
});
