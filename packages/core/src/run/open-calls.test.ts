import { expect, test } from '@jest/globals';
import { OpenCalls } from './open-calls.ts';

/** A call that ends when it is told to. */
function call() {
  let end = (_: string) => {};
  const running = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { end, run: () => running };
}

test('what is freed is freed once, when the last call that was begun before has ended', async () => {
  const calls = new OpenCalls('it');
  const [first, left] = [call(), call()];
  let freed = 0;
  const answers = [calls.during(first.run), calls.count(left.run)];
  const end = calls.end(() => {
    freed += 1;
  });
  expect(calls.end(() => expect(true).toBe(false))).toBe(end);
  first.end('a');
  expect(await answers[0]).toBe('a');
  await Promise.resolve();
  expect(freed).toBe(0);
  left.end('b');
  await end;
  expect([await answers[1], freed]).toEqual(['b', 1]);
});

test('later calls are refused; work that a call leaves behind is still counted', async () => {
  const calls = new OpenCalls('it');
  const end = calls.end(() => {});
  await expect(calls.during(() => 1)).rejects.toMatchObject({
    code: 'disposed',
    message: 'it was used after dispose(). Load the model again to go on.',
  });
  expect(await calls.count(() => 2)).toBe(2);
  await end;
});

test('a call that fails is over', async () => {
  const calls = new OpenCalls('it');
  const failing = calls.during(() => Promise.reject(new Error('no')));
  const end = calls.end(() => {});
  await expect(failing).rejects.toThrow('no');
  await end;
});
