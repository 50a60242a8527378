import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { GraphRunner, GraphRunOptions, NamedTensors } from '@latentkit/core';
import { Batcher, type BatcherOptions } from './batcher.ts';
import { Slots } from './slots.ts';

afterEach(() => {
  jest.useRealTimers();
});

/** A graph y = 2x, z = −x whose runs end when they are told to; `rows` has those of each run. */
function graph({ held = false, fails = false } = {}) {
  const rows: number[] = [];
  const seen: GraphRunOptions[] = [];
  const ends: (() => void)[] = [];
  const runner: GraphRunner = {
    ...{ device: 'fake', inputs: [], outputs: [] },
    async run({ x }, options = {}) {
      rows.push(x!.dims[0] as number);
      seen.push(options);
      if (held) await new Promise<void>((resolve) => ends.push(resolve));
      if (fails) throw new Error('broken');
      const of = (factor: number) => ({
        data: (x!.data as Float32Array).map((value) => factor * value),
        dims: x!.dims,
        dtype: 'float32' as const,
      });
      const all: NamedTensors = { y: of(2), z: of(-1) };
      return Object.fromEntries((options.wanted ?? []).map((name) => [name, all[name]!]));
    },
    dispose: async () => {},
  };
  return { runner, rows, seen, ends };
}

const batcherOf = ({ runner }: { runner: GraphRunner }, options: Partial<BatcherOptions> = {}) =>
  new Batcher(runner, new Slots(1), {
    ...{ name: 'fake', maxBatch: 4, maxDelayMs: 0, maxQueue: 8, joins: true, ...options },
  });

const { signal } = new AbortController();
const feed = (values: readonly number[], width = 1): NamedTensors => ({
  x: { data: Float32Array.from(values), dims: [values.length / width, width], dtype: 'float32' },
});
const run = (batcher: Batcher, values: readonly number[], options: object = {}) =>
  batcher.run(feed(values), values.length, { wanted: ['y'], signal, ...options });
const values = (outputs: NamedTensors, name = 'y') => [...(outputs[name]!.data as Float32Array)];
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a batcher', () => {
  test('gathers while a batch runs, up to the limit, in order, and gives each its rows', async () => {
    const made = graph({ held: true });
    const batcher = batcherOf(made);
    const results = [[1], [2, 3], [4], [5, 6], [7]].map((of) => run(batcher, of));
    // The first runs at once; 2, 3 and 4 fit with nothing else, 5, 6 and 7 come after.
    for (const _ of [1, 2, 3]) {
      await turn();
      made.ends.shift()?.();
    }
    expect((await Promise.all(results)).map((outputs) => values(outputs))).toEqual([
      [2],
      [4, 6],
      [8],
      [10, 12],
      [14],
    ]);
    expect(made.rows).toEqual([1, 3, 3]);
    // Memory of one request alone may be anybody's: it is lent, and not given away.
    expect(made.seen.map(({ transfer }) => transfer ?? false)).toEqual([false, true, true]);
  });

  test('waits for a batch to become full, as long as it may', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const made = graph();
    const batcher = batcherOf(made, { maxDelayMs: 20 });
    const first = run(batcher, [1]);
    jest.advanceTimersByTime(15);
    const second = run(batcher, [2]);
    await turn();
    expect(made.rows).toEqual([]);
    jest.advanceTimersByTime(5);
    await Promise.all([first, second]);
    expect(made.rows).toEqual([2]);
    await Promise.all([run(batcher, [1, 2]), run(batcher, [3, 4])]);
    expect(made.rows).toEqual([2, 4]);
  });

  test('waits for nothing more once it is hurried', async () => {
    const made = graph();
    const batcher = batcherOf(made, { maxDelayMs: 60_000 });
    const waiting = run(batcher, [1]);
    batcher.hurry();
    expect(values(await waiting)).toEqual([2]);
    expect(values(await run(batcher, [2]))).toEqual([4]);
  });

  test('computes the outputs that any of a batch wants, and gives each its own', async () => {
    const made = graph({ held: true });
    const batcher = batcherOf(made);
    const results = [['y'], ['z'], ['y', 'z']].map((wanted) => run(batcher, [3], { wanted }));
    for (const _ of [1, 2]) {
      await turn();
      made.ends.shift()?.();
    }
    const [, z, both] = await Promise.all(results);
    expect(Object.keys(z!)).toEqual(['z']);
    expect([values(z!, 'z'), values(both!), values(both!, 'z')]).toEqual([[-3], [6], [-3]]);
    expect(made.rows).toEqual([1, 2]);
  });

  test('joins no rows of other shapes, and none at all where a graph has no rows', async () => {
    const apart = graph({ held: true });
    const batcher = batcherOf(apart);
    const wide = () => batcher.run(feed([1, 2], 2), 1, { wanted: ['y'], signal });
    const results = [run(batcher, [1]), run(batcher, [2]), wide(), run(batcher, [3])];
    for (const _ of results) {
      await turn();
      apart.ends.shift()?.();
    }
    await Promise.all(results);
    expect(apart.rows).toEqual([1, 1, 1, 1]);
    const whole = graph();
    const single = batcherOf(whole, { joins: false, maxDelayMs: 60_000 });
    await Promise.all([run(single, [1]), run(single, [2])]);
    expect(whole.rows).toEqual([1, 1]);
  });

  test('refuses more than may wait', async () => {
    const made = graph({ held: true });
    const batcher = batcherOf(made, { maxQueue: 2 });
    const results = [1, 2, 3].map((value) => run(batcher, [value]));
    expect(batcher.queued).toBe(2);
    const refused = {
      code: 'queue-full',
      message: expect.stringContaining('2 requests are waiting'),
    };
    await expect(run(batcher, [4])).rejects.toMatchObject(refused);
    for (const _ of [1, 2]) {
      await turn();
      made.ends.shift()?.();
    }
    await Promise.all(results);
  });

  test('does not run what was given up while it waited', async () => {
    const made = graph({ held: true });
    const batcher = batcherOf(made);
    const first = run(batcher, [1]);
    const controller = new AbortController();
    const given = run(batcher, [2], { signal: controller.signal });
    const last = run(batcher, [3]);
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'aborted' });
    for (const _ of [1, 2]) {
      await turn();
      made.ends.shift()?.();
    }
    expect([values(await first), values(await last)]).toEqual([[2], [6]]);
    expect(made.rows).toEqual([1, 1]);
  });

  test('fails those of a batch that failed, and goes on', async () => {
    const batcher = batcherOf(graph({ fails: true }));
    for (const _ of [1, 2]) await expect(run(batcher, [1])).rejects.toThrow('broken');
  });

  test('fails no request for what another of its batch does', async () => {
    const made = graph({ held: true });
    const ran: number[][] = [];
    const runner: GraphRunner = {
      ...made.runner,
      async run(feeds, options) {
        const given = [...(feeds['x']!.data as Float32Array)];
        ran.push(given);
        if (given.includes(13)) throw new Error('thirteen');
        return made.runner.run(feeds, options);
      },
    };
    const batcher = batcherOf({ runner });
    const controller = new AbortController();
    const first = run(batcher, [1]);
    const joined = [run(batcher, [2]), run(batcher, [13]), run(batcher, [3])];
    const given = run(batcher, [4], { signal: controller.signal });
    const settled = Promise.allSettled([first, ...joined, given]);
    await turn();
    made.ends.shift()?.();
    await turn();
    // Given up while the others are run one by one.
    controller.abort();
    for (const _ of [1, 2]) {
      made.ends.shift()?.();
      await turn();
    }
    expect(await settled).toMatchObject([
      { value: { y: { data: Float32Array.of(2) } } },
      { value: { y: { data: Float32Array.of(4) } } },
      { reason: { message: 'thirteen' } },
      { value: { y: { data: Float32Array.of(6) } } },
      { reason: { code: 'aborted' } },
    ]);
    expect(ran).toEqual([[1], [2, 13, 3, 4], [2], [13], [3]]);
  });

  test('fails a batch whose outputs have other rows', async () => {
    const made = graph();
    const runner: GraphRunner = { ...made.runner, run: async () => feed([1, 2, 3]) };
    const wrong = run(batcherOf({ runner }), [1], { wanted: ['x'] });
    await expect(wrong).rejects.toMatchObject({ code: 'runtime' });
  });

  test('shares the runs of a model with its other graphs, fairly', async () => {
    const one = graph({ held: true });
    const slots = new Slots(1);
    const options = { name: 'a', maxBatch: 1, maxDelayMs: 0, maxQueue: 8, joins: true };
    const [a, b] = [1, 2].map(() => new Batcher(one.runner, slots, options)) as [Batcher, Batcher];
    const order: string[] = [];
    const results = [a, a, a, b].map((batcher) =>
      run(batcher, [1]).then(() => order.push(batcher === a ? 'a' : 'b')),
    );
    for (const _ of results) {
      await turn();
      expect(one.ends).toHaveLength(1);
      one.ends.shift()?.();
    }
    await Promise.all(results);
    expect(order).toEqual(['a', 'a', 'b', 'a']);
  });
});
