import { expect, test } from '@jest/globals';
import { onAbort } from './abort.ts';

test('one listener of the platform serves many callers, each until it is forgotten', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  let added = 0;
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added += 1;
    return add(...args);
  };
  const fired: number[] = [];
  const forget = Array.from({ length: 100 }, (_, i) => onAbort(signal, () => fired.push(i)));
  for (const i of [0, 50]) forget[i]?.();
  controller.abort();
  expect(added).toBe(1);
  expect(fired).toHaveLength(98);
  expect(fired).not.toContain(50);
});

test('a listener that was given twice is forgotten once', () => {
  const controller = new AbortController();
  let fired = 0;
  const listener = () => {
    fired += 1;
  };
  const forget = onAbort(controller.signal, listener);
  onAbort(controller.signal, listener);
  forget();
  controller.abort();
  expect(fired).toBe(1);
});
