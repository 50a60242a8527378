import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeEncoder } from '../testing.ts';
import type { NamedTensors } from './runner.ts';
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
});
