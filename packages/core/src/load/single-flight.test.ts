import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
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

const passenger = (signal?: AbortSignal, onProgress?: (progress: number) => void) => ({
  what: 'Fetching it',
  signal,
  onProgress,
});

/** Work by key for passengers that may each leave. */
function passengers() {
  const flights = new SingleFlight<string, number>();
  const starts: { signal: AbortSignal; tell(progress: number): void; end(): void }[] = [];
  const join = (options = passenger(), key = 'key') =>
    flights.join(key, options, (signal, tell) => {
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('given up')));
        starts.push({ signal, tell, end: () => resolve(`result ${starts.length}`) });
      });
    });
  return { join, starts };
}

describe('several passengers', () => {
  test('does the same work once for all that ask meanwhile, and tells each its progress', async () => {
    const { join, starts } = passengers();
    const seen: number[][] = [[], [], []];
    const joined = seen.map((list) => join(passenger(undefined, (value) => list.push(value))));
    starts[0]?.tell(5);
    starts[0]?.end();
    expect(await Promise.all(joined)).toEqual(['result 1', 'result 1', 'result 1']);
    expect(seen).toEqual([[5], [5], [5]]);
    const later = join();
    starts[1]?.end();
    expect(await later).toBe('result 2');
  });

  test('other keys are other work', async () => {
    const { join, starts } = passengers();
    const both = Promise.all([join(passenger(), 'a'), join(passenger(), 'b')]);
    expect(starts).toHaveLength(2);
    for (const { end } of starts) end();
    await both;
  });

  test('one that leaves leaves the others alone; the last one ends the work', async () => {
    const { join, starts } = passengers();
    const [first, second] = [new AbortController(), new AbortController()];
    const joined = [join(passenger(first.signal)), join(passenger(second.signal))];
    first.abort();
    await expect(joined[0]).rejects.toMatchObject({ code: 'aborted' });
    expect(starts[0]?.signal.aborted).toBe(false);
    second.abort();
    await expect(joined[1]).rejects.toMatchObject({ code: 'aborted' });
    expect(starts[0]?.signal.aborted).toBe(true);
  });

  test('nobody joins what is being given up', async () => {
    const { join, starts } = passengers();
    const controller = new AbortController();
    const leaving = join(passenger(controller.signal));
    const refused = expect(leaving).rejects.toMatchObject({ code: 'aborted' });
    controller.abort();
    await sleep(0);
    const fresh = join();
    expect(starts).toHaveLength(2);
    await refused;
    // The end of what was given up is not taken for that of what began anew.
    const beside = join();
    expect(starts).toHaveLength(2);
    starts[1]?.end();
    expect(await Promise.all([fresh, beside])).toEqual(['result 2', 'result 2']);
  });

  test('a listener that throws fails its own load only', async () => {
    const { join, starts } = passengers();
    const throwing = join(
      passenger(undefined, () => {
        throw new Error('mine');
      }),
    );
    const calm = join();
    const refused = expect(throwing).rejects.toThrow('mine');
    starts[0]?.tell(1);
    await refused;
    starts[0]?.end();
    expect(await calm).toBe('result 1');
  });

  test('a failure fails all, and is forgotten', async () => {
    const flights = new SingleFlight<string, number>();
    const fail = () => flights.join('key', passenger(), () => Promise.reject(new Error('broken')));
    await expect(Promise.all([fail(), fail()])).rejects.toThrow('broken');
    expect(await flights.join('key', passenger(), async () => 'well')).toBe('well');
  });

  test('a signal that has fired starts nothing', async () => {
    const { join, starts } = passengers();
    await expect(join(passenger(AbortSignal.abort()))).rejects.toMatchObject({
      code: 'aborted',
      message: 'Fetching it was aborted.',
    });
    expect(starts).toHaveLength(0);
  });

  test('one that has left hears no more of the progress, nor of its signal', async () => {
    const { join, starts } = passengers();
    const [leaving, staying] = [new AbortController(), new AbortController()];
    const seen: number[] = [];
    const left = join(passenger(leaving.signal, (value) => seen.push(value)));
    const stayed = join(passenger(staying.signal));
    starts[0]?.tell(1);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ message: 'Fetching it was aborted.' });
    starts[0]?.tell(2);
    expect(seen).toEqual([1]);
    starts[0]?.end();
    await stayed;
    staying.abort();
    expect(await stayed).toBe('result 1');
  });

  test('what is given up has ended before the last one is told', async () => {
    const flights = new SingleFlight<string, number>();
    const controller = new AbortController();
    let ended = false;
    const joined = flights.join(
      'key',
      passenger(controller.signal),
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', async () => {
            await sleep(50);
            ended = true;
            reject(new Error('given up'));
          });
        }),
    );
    controller.abort();
    await sleep(0);
    // Nobody joins it meanwhile.
    expect(await flights.join('key', passenger(), async () => 'anew')).toBe('anew');
    expect(ended).toBe(false);
    await expect(joined).rejects.toMatchObject({ code: 'aborted' });
    expect(ended).toBe(true);
  });
});
