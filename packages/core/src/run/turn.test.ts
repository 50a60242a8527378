import { expect, test } from '@jest/globals';
import { breathe, nextTurn } from './turn.ts';

const busy = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('a turn is ended once it has lasted, and not before', async () => {
  await nextTurn();
  expect(breathe()).toBeUndefined();
  expect(breathe()).toBeUndefined();
  busy(20);
  const rest = breathe();
  expect(rest).toBeInstanceOf(Promise);
  await rest;
  expect(breathe()).toBeUndefined();
});

test('a turn that ended by itself needs no end', async () => {
  await nextTurn();
  expect(breathe()).toBeUndefined();
  busy(20);
  await nextTurn();
  expect(breathe()).toBeUndefined();
});

test('timers fire in a loop of awaits that never waits', async () => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  for (let i = 0; i < 100 && !fired; i++) {
    busy(1);
    await breathe();
  }
  expect(fired).toBe(true);
});
