import { describe, expect, test } from '@jest/globals';
import { onAbort, unlessAborted } from './abort.ts';

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

describe('unlessAborted', () => {
  const never = new Promise<never>(() => {});

  test('is what the work comes to, with a signal and without', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), 'It', undefined)).toBe(1);
    expect(await unlessAborted(2, 'It', signal)).toBe(2);
    const failing = Promise.reject(new Error('broken'));
    await expect(unlessAborted(failing, 'It', signal)).rejects.toThrow('broken');
  });

  test('rejects when the signal fires, before the work or during it, however that ends', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let fail: (error: Error) => void = () => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const waiting = unlessAborted(work, 'It', signal);
    controller.abort('enough');
    const aborted = { code: 'aborted', message: 'It was aborted.', cause: 'enough' };
    await expect(waiting).rejects.toMatchObject(aborted);
    // Nobody is there to hear of it: an unhandled rejection would end the process.
    fail(new Error('late'));
    await expect(unlessAborted(never, 'It', signal)).rejects.toMatchObject(aborted);
    await expect(unlessAborted(1, 'It', signal)).rejects.toMatchObject(aborted);
  });

  test('takes nothing else for a signal', async () => {
    await expect(unlessAborted(never, 'It', 3 as never)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});
