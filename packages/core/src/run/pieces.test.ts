import { describe, expect, jest, test } from '@jest/globals';
import { LatentkitError } from '../errors/index.ts';
import { tensor } from '../tensor.ts';
import { fakeEncoder } from '../testing.ts';
import type { GraphRunner, NamedTensors } from './runner.ts';
import { Scheduler } from './scheduler.ts';
import { Session } from './session.ts';

const COUNT = 1000;
const x = () =>
  tensor(
    Float32Array.from({ length: 2 * COUNT }, (_, i) => i),
    [COUNT, 2],
  );

/**
 * y = x + 1 row by row, written in place where that is asked for; the rows of each run.
 *
 * Of a fixed number, or how many runs there are would depend on how busy the machine is.
 */
function adding({
  concurrency = 1,
  maxQueue = 4096,
  each = async (_run: number) => {},
  remote = false,
  fixed = true,
} = {}) {
  const seen = { runs: [] as number[], running: 0, most: 0, disposed: 0, inPlace: 0 };
  const run: GraphRunner['run'] = async (feeds, { outputs } = {}) => {
    const { data, dims } = feeds['x'] as ReturnType<typeof x>;
    const at = seen.runs.push(dims[0] as number) - 1;
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    await each(at);
    seen.running -= 1;
    const y = (outputs?.['y'] ?? tensor(new Float32Array(data.length), dims)) as ReturnType<
      typeof x
    >;
    if (outputs) seen.inPlace += 1;
    data.forEach((value, i) => {
      y.data[i] = value + 1;
    });
    return { y };
  };
  const runner = fakeEncoder({
    run,
    remote,
    ...(fixed && { rowsAtOnce: 64 }),
    dispose: async () => {
      seen.disposed += 1;
    },
  });
  const scheduler = new Scheduler({ concurrency, maxQueue });
  return { session: new Session('adding', runner, scheduler), seen };
}

const added = (outputs: NamedTensors) => {
  expect(outputs['y']?.dims).toEqual([COUNT, 2]);
  expect(outputs['y']?.data).toEqual(x().data.map((value) => value + 1));
};

describe('a call of many rows', () => {
  test.each([
    [1, false],
    [4, true],
  ])('is cut, and gives what one run gives (%d at a time)', async (concurrency, remote) => {
    // The second run ends when the third has begun, where several go on at a time.
    let third: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      third = resolve;
    });
    const each = async (run: number) => {
      if (run === 2) third();
      if (run === 1 && concurrency > 1) await begun;
    };
    const { session, seen } = adding({ concurrency, remote, each });
    added(await session.run({ x: x() }));
    expect(seen.runs.length).toBeGreaterThan(2);
    expect(seen.runs.reduce((a, b) => a + b)).toBe(COUNT);
    expect(seen.inPlace).toBe(seen.runs.length - 1);
    expect(seen.most).toBeLessThanOrEqual(concurrency);
    if (concurrency > 1) expect(seen.most).toBeGreaterThan(1);
  });

  test('fills the outputs that are given', async () => {
    const { session, seen } = adding();
    const y = tensor(new Float32Array(2 * COUNT), [COUNT, 2]);
    const outputs = await session.run({ x: x() }, { outputs: { y } });
    expect(outputs['y']).toBe(y);
    added(outputs);
    expect(seen.inPlace).toBe(seen.runs.length);
  });

  test('is whole also where a runner does not write into the outputs that it is given', async () => {
    const run: GraphRunner['run'] = async ({ x }) => ({
      y: tensor(
        (x as ReturnType<typeof tensor>).data.map((value) => value + 1),
        x?.dims ?? [],
      ),
    });
    added(await new Session('adding', fakeEncoder({ run })).run({ x: x() }));
  });

  test('makes its rows when their turn comes, each once and in order', async () => {
    const { session } = adding();
    const made: [number, number][] = [];
    const all = x();
    added(
      await session.runRows({
        count: COUNT,
        feeds(from, to) {
          made.push([from, to]);
          return { x: tensor(all.data.subarray(2 * from, 2 * to), [to - from, 2]) };
        },
      }),
    );
    expect(made.map(([from]) => from)).toEqual([0, ...made.slice(0, -1).map(([, to]) => to)]);
  });

  test('lets small calls in between, timers fire, and an abort end it', async () => {
    const { session, seen } = adding({ each: async () => busy(5) });
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const controller = new AbortController();
    const large = session.run({ x: x() }, { signal: controller.signal });
    const small = session.run({ x: tensor(Float32Array.of(1, 2), [1, 2]) });
    expect((await small)['y']?.data).toEqual(Float32Array.of(2, 3));
    expect(seen.runs.reduce((a, b) => a + b)).toBeLessThan(COUNT);
    setTimeout(() => controller.abort('enough'), 1);
    await expect(large).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
    const begun = seen.runs.length;
    await pause(20);
    expect(seen.runs.length).toBeLessThanOrEqual(begun + 1);
    expect(seen.runs.reduce((a, b) => a + b)).toBeLessThan(COUNT);
  });

  test('that was let in is not refused for a queue that filled meanwhile', async () => {
    const others: Promise<unknown>[] = [];
    const call = () =>
      others.push(
        session.run({ x: tensor(Float32Array.of(1, 2), [1, 2]) }).catch(({ code }) => code),
      );
    // While a piece runs, one call begins to wait and one is refused; so it is when the next piece comes.
    const { session } = adding({
      maxQueue: 1,
      each: async (run) => {
        if (run < 20) for (let i = 0; i < 2; i++) call();
        await pause(1);
      },
    });
    added(await session.run({ x: x() }));
    expect(await Promise.all(others)).toContain('queue-full');
  });

  test('is cut by what its runs took, where their size is not fixed', async () => {
    const { session, seen } = adding({ fixed: false, each: async () => busy(20) });
    added(await session.run({ x: x() }));
    const [first, second] = seen.runs as [number, number];
    // Sixteen of twenty milliseconds, at most.
    expect(second).toBeLessThanOrEqual(0.8 * first);
  });

  test('grows where runs take no time, however long the process has been up', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
    const { session, seen } = adding({ fixed: false });
    added(await session.run({ x: x() }));
    clock.mockRestore();
    const [first, second] = seen.runs as [number, number];
    expect(second).toBeGreaterThan(2 * first);
  });

  test('is cut by bytes as well where they are handed over to another thread', async () => {
    const large = tensor(new Float32Array(400 * 2 ** 14), [400, 2 ** 14]);
    const most = async (remote: boolean) => {
      const rows: number[] = [];
      const run: GraphRunner['run'] = async ({ x }) => {
        const count = x?.dims[0] as number;
        rows.push(count);
        return { y: tensor(new Float32Array(count), [count, 1]) };
      };
      await new Session('large', fakeEncoder({ run, remote })).run({ x: large });
      // Nothing is known before the first.
      return Math.max(...rows.slice(1));
    };
    expect(await most(true)).toBeLessThanOrEqual(32);
    expect(await most(false)).toBeGreaterThan(64);
  });

  test.each([1, 3])('has no more rows made than run at a time: %d', async (concurrency) => {
    const { session, seen } = adding({ concurrency, remote: true, each: () => pause(1) });
    const all = x();
    const underWay: number[] = [];
    const feeds = (from: number, to: number) => {
      const ended = seen.runs.length - seen.running;
      underWay.push(underWay.length + 1 - ended);
      return { x: tensor(all.data.subarray(2 * from, 2 * to), [to - from, 2]) };
    };
    added(await session.runRows({ count: COUNT, feeds }));
    expect(Math.max(...underWay)).toBe(concurrency);
  });

  test('that fails midway fails as a whole, when no run of it is left', async () => {
    const { session, seen } = adding({
      concurrency: 3,
      remote: true,
      each: async (run) => {
        await pause(run === 1 ? 1 : 10);
        if (run === 1) throw new Error('out of memory');
      },
    });
    await expect(session.run({ x: x() })).rejects.toMatchObject({
      code: 'runtime',
      message: 'adding failed: out of memory',
    });
    expect(seen.running).toBeLessThanOrEqual(1);
    // Those that had begun, and no more.
    expect(seen.runs.length).toBeLessThan(8);
    await session.dispose();
    expect(seen.disposed).toBe(1);
  });

  test.each([1, 3])(
    'is aborted as a whole, with %d at a time, however the abort and the pieces meet',
    async (concurrency) => {
      for (let trial = 0; trial < 10; trial++) {
        const { session, seen } = adding({ concurrency, remote: true, each: () => pause(1) });
        const controller = new AbortController();
        const calls = [1, 2, 3].map(() =>
          session.run({ x: x() }, { signal: controller.signal }).then(added),
        );
        setTimeout(() => controller.abort('enough'), trial);
        for (const outcome of await Promise.allSettled(calls)) {
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toMatchObject({ code: 'aborted', cause: 'enough' });
          }
        }
        await session.dispose();
        expect(seen.running).toBe(0);
      }
    },
  );

  test('with a row that is refused midway rejects with that, when no run of it is left', async () => {
    const { session, seen } = adding({ concurrency: 3, remote: true, each: () => pause(2) });
    const all = x();
    const feeds = (from: number, to: number) => {
      if (to > 700) throw new LatentkitError('invalid-input', 'row 700');
      return { x: tensor(all.data.subarray(2 * from, 2 * to), [to - from, 2]) };
    };
    await expect(session.runRows({ count: COUNT, feeds })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(seen.running).toBe(0);
  });

  test('goes on to its end when the session is disposed of, which waits for it', async () => {
    const { session, seen } = adding({ each: () => pause(1) });
    const call = session.run({ x: x() });
    const disposal = session.dispose().then(() => seen.runs.reduce((a, b) => a + b));
    added(await call);
    expect(await disposal).toBe(COUNT);
    expect(seen.disposed).toBe(1);
  });

  test('of a graph that does not answer row by row is a typed error', async () => {
    const session = new Session(
      'sum',
      fakeEncoder({ run: async () => ({ y: tensor(Float32Array.of(1), [1]) }) }),
    );
    await expect(session.run({ x: x() })).rejects.toMatchObject({
      code: 'runtime',
      message: expect.stringMatching(/output 'y' should have a row for each/),
    });
  });
});

test('calls that are awaited one after the other let timers fire', async () => {
  const { session } = adding({ each: async () => busy(1) });
  let fired = 0;
  setTimeout(() => {
    fired = performance.now();
  }, 5);
  for (let i = 0; i < 200 && fired === 0; i++) {
    await session.run({ x: tensor(Float32Array.of(1, 2), [1, 2]) });
  }
  expect(fired).toBeGreaterThan(0);
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
