import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { SingleFlight } from './single-flight.ts';

const passenger = (signal?: AbortSignal, onProgress?: (progress: number) => void) => ({
  what: 'Fetching it',
  signal,
  onProgress,
});

/** Work that ends when it is told to, and counts its starts. */
function setting() {
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

describe('SingleFlight', () => {
  test('does the same work once for all that ask meanwhile, and tells each its progress', async () => {
    const { join, starts } = setting();
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
    const { join, starts } = setting();
    const both = Promise.all([join(passenger(), 'a'), join(passenger(), 'b')]);
    expect(starts).toHaveLength(2);
    for (const { end } of starts) end();
    await both;
  });

  test('one that leaves leaves the others alone; the last one ends the work', async () => {
    const { join, starts } = setting();
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
    const { join, starts } = setting();
    const controller = new AbortController();
    const leaving = join(passenger(controller.signal));
    const refused = expect(leaving).rejects.toMatchObject({ code: 'aborted' });
    controller.abort();
    await sleep(0);
    const fresh = join();
    expect(starts).toHaveLength(2);
    starts[1]?.end();
    expect(await fresh).toBe('result 2');
    await refused;
  });

  test('a listener that throws fails its own load only', async () => {
    const { join, starts } = setting();
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
});
