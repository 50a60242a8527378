import { describe, expect, test } from '@jest/globals';
import { LatentkitError } from '../errors/index.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { fakeDecoder, fakeEncoder } from '../testing.ts';
import type { GraphRunner, NamedTensors } from './runner.ts';
import { Scheduler } from './scheduler.ts';
import { Session } from './session.ts';

const feeds = (value: number): NamedTensors => ({ x: tensor(Float32Array.of(value)) });
const doubled = (outputs: NamedTensors) => Number((outputs['y'] as { data: Float32Array }).data[0]);

/** A runner that doubles its input after a turn of the event loop, and says how many runs overlap. */
function slowRunner() {
  const stats = { running: 0, overlap: 0, runs: 0, disposed: 0 };
  const runner = fakeEncoder({
    async run(inputs) {
      stats.runs += 1;
      stats.running += 1;
      stats.overlap = Math.max(stats.overlap, stats.running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      stats.running -= 1;
      const value = Number(inputs['x']?.data[0]);
      if (value < 0) throw new Error('negative');
      return { y: tensor(Float32Array.of(value * 2)) };
    },
    dispose: async () => {
      stats.disposed += 1;
    },
  });
  return { session: new Session('encoder', runner), stats };
}

describe('Session', () => {
  test('runs one call at a time, and gives each caller its own result', async () => {
    const { session, stats } = slowRunner();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => session.run(feeds(i)).then(doubled)),
    );
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i * 2));
    expect(stats.overlap).toBe(1);
  });

  test('a failing call rejects with the cause, and harms no other', async () => {
    const { session } = slowRunner();
    const [before, failed, after] = await Promise.allSettled(
      [1, -1, 2].map((value) => session.run(feeds(value))),
    );
    expect(before?.status).toBe('fulfilled');
    expect(failed).toMatchObject({
      status: 'rejected',
      reason: { code: 'runtime', message: 'encoder failed: negative' },
    });
    expect(after?.status).toBe('fulfilled');
  });

  test('a call aborted while it waits rejects at once and never runs', async () => {
    const { session, stats } = slowRunner();
    const controller = new AbortController();
    const first = session.run(feeds(1));
    const second = session.run(feeds(2), { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    expect(stats.runs).toBeLessThanOrEqual(1);
    expect(doubled(await first)).toBe(2);
    expect(doubled(await session.run(feeds(3)))).toBe(6);
    expect(stats.runs).toBe(2);
  });

  test('what is no signal is refused', async () => {
    const session = new Session('encoder', fakeEncoder());
    await expect(session.run(feeds(1), { signal: {} as never })).rejects.toMatchObject({
      code: 'invalid-argument',
      argument: 'signal',
    });
    await session.dispose();
  });

  test('an already aborted signal takes no place in the queue', async () => {
    const { session, stats } = slowRunner();
    await expect(session.run(feeds(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(stats.runs).toBe(0);
  });

  test('dispose lets queued calls finish, is idempotent, and makes later calls reject', async () => {
    const { session, stats } = slowRunner();
    const call = session.run(feeds(4));
    const disposal = session.dispose();
    expect(session.dispose()).toBe(disposal);
    await expect(session.run(feeds(5))).rejects.toMatchObject({
      code: 'disposed',
      message: /encoder was used after dispose/,
    });
    expect(doubled(await call)).toBe(8);
    await disposal;
    expect(stats).toMatchObject({ runs: 1, disposed: 1 });
  });

  test('a failure keeps its cause, and one of ours is passed on as it is', async () => {
    const cause = new Error('out of memory');
    const ours = new LatentkitError('network', 'gone');
    for (const [thrown, expected] of [
      [cause, { code: 'runtime', message: 'encoder failed: out of memory', cause }],
      [ours, ours],
    ] as const) {
      const run = () => Promise.reject(thrown);
      const session = new Session('encoder', fakeEncoder({ run }));
      await expect(session.run(feeds(1))).rejects.toMatchObject(expected);
    }
  });

  test('two sessions become one, of both names and in the same queue, where the runner can', () => {
    const link = { output: 'mean', input: 'z', offset: 'o' };
    const second = new Session('decoder', fakeDecoder());
    const asked: unknown[] = [];
    const into: GraphRunner['into'] = (...given) => {
      asked.push(...given);
      return fakeEncoder({ device: 'both' });
    };
    const first = new Session('encoder', fakeEncoder({ into }), new Scheduler({ concurrency: 3 }));
    const both = first.into(second, link);
    expect(asked).toEqual([second.runner, link]);
    expect([both?.name, both?.concurrency, both?.runner.device]).toEqual([
      'encoder and decoder',
      3,
      'both',
    ]);
    expect(second.into(first, link)).toBeUndefined();
    const cannot = new Session('encoder', fakeEncoder({ into: () => undefined }));
    expect(cannot.into(second, link)).toBeUndefined();
  });

  test('spare memory is the runner’s, where it keeps some', () => {
    const spareBuffer = (size: number) => new ArrayBuffer(size + 1);
    const session = new Session('encoder', fakeEncoder({ spareBuffer }));
    expect(session.spareBuffer(7)?.byteLength).toBe(8);
    expect(new Session('encoder', fakeEncoder()).spareBuffer(7)).toBeUndefined();
  });

  test.each([true, false])('pixels go to a remote runner as they are: %p', async (remote) => {
    const seen: unknown[] = [];
    const run: GraphRunner['run'] = async ({ x }, options) => {
      seen.push(x?.dtype, options?.pixels);
      return {};
    };
    const pixels = { scale: 1, offset: 0 };
    const x = { data: Uint8Array.of(1), dims: [1, 1], dtype: 'uint8' } as const;
    await new Session('encoder', fakeEncoder({ run, remote })).run({ x }, { pixels });
    expect(seen).toEqual(remote ? ['uint8', pixels] : ['float32', undefined]);
  });

  test('one piece may keep the memory of its feeds; those of a call that is cut may not', async () => {
    const seen: unknown[] = [];
    const run: GraphRunner['run'] = async ({ x }, { transfer, wanted } = {}) => {
      seen.push([x?.dims[0], transfer, wanted]);
      return { y: x as Tensor };
    };
    const session = new Session('encoder', fakeEncoder({ run, rowsAtOnce: 2, remote: true }));
    const rows = (count: number) => ({ x: tensor(new Float32Array(count), [count, 1]) });
    const options = { transfer: true, wanted: ['y'] };
    await session.run(rows(2), options);
    await session.run(rows(3), options);
    expect(seen).toEqual([
      [2, true, ['y']],
      [2, undefined, ['y']],
      [1, undefined, ['y']],
    ]);
  });

  test('dispose waits for the run of a call that was aborted', async () => {
    const { session, stats } = slowRunner();
    const controller = new AbortController();
    const call = session.run(feeds(1), { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted', message: 'encoder was aborted.' });
    expect(stats).toMatchObject({ running: 1, disposed: 0 });
    await session.dispose();
    expect(stats).toMatchObject({ running: 0, disposed: 1 });
  });
});
