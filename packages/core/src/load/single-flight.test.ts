import { expect, test } from '@jest/globals';
import { SingleFlight } from './single-flight.ts';

/** Work that ends when it is told to, and counts how often it was begun and aborted. */
function setting() {
  const flights = new SingleFlight<string, number>();
  const began: { land(): void; fail(error: Error): void; report(progress: number): void }[] = [];
  let aborted = 0;
  const join = (signal?: AbortSignal, onProgress?: (progress: number) => void) =>
    flights.join(
      'a',
      { what: 'Fetching a', signal, onProgress },
      (stop, report) =>
        new Promise((resolve, reject) => {
          began.push({ land: () => resolve('landed'), fail: reject, report });
          stop.addEventListener('abort', () => {
            aborted += 1;
            reject(stop.reason);
          });
        }),
    );
  return { join, began, aborted: () => aborted };
}

test('all that ask at the same time share one piece of work, and its progress', async () => {
  const { join, began, aborted } = setting();
  const heard: string[] = [];
  const both = [
    join(undefined, (n) => heard.push(`a${n}`)),
    join(undefined, (n) => heard.push(`b${n}`)),
  ];
  began[0]?.report(1);
  began[0]?.land();
  expect(await Promise.all(both)).toEqual(['landed', 'landed']);
  expect(began).toHaveLength(1);
  expect(heard).toEqual(['a1', 'b1']);
  expect(aborted()).toBe(1);
  const later = join();
  began[1]?.land();
  expect(await later).toBe('landed');
});

test('one that leaves leaves the others alone; the last ends the work', async () => {
  const { join, began, aborted } = setting();
  const [first, second] = [new AbortController(), new AbortController()];
  const [a, b] = [join(first.signal), join(second.signal)];
  first.abort();
  await expect(a).rejects.toMatchObject({ code: 'aborted' });
  expect(aborted()).toBe(0);
  second.abort();
  await expect(b).rejects.toMatchObject({ code: 'aborted' });
  expect(aborted()).toBe(1);
  // What was given up is not joined.
  const anew = join();
  expect(began).toHaveLength(2);
  began[1]?.land();
  expect(await anew).toBe('landed');
});

test('a failure is that of all, and forgotten', async () => {
  const { join, began } = setting();
  const both = [join(), join()];
  began[0]?.fail(new Error('no'));
  for (const one of both) await expect(one).rejects.toThrow('no');
  const anew = join();
  began[1]?.land();
  expect(await anew).toBe('landed');
});

test('a listener that throws ends its own call alone', async () => {
  const { join, began } = setting();
  const bad = join(undefined, () => {
    throw new Error('mine');
  });
  const good = join();
  began[0]?.report(1);
  await expect(bad).rejects.toThrow('mine');
  began[0]?.land();
  expect(await good).toBe('landed');
});
