import { afterEach, expect, jest, test } from '@jest/globals';
import { startWorker } from './start-worker.ts';

class FakeWorker extends EventTarget {
  terminated = false;

  postMessage(): void {}

  terminate(): void {
    this.terminated = true;
  }

  say(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

const start = (worker: FakeWorker) => startWorker(() => worker as unknown as Worker, undefined);

afterEach(() => {
  jest.useRealTimers();
});

test.each([{ alive: '' }, { alive: undefined, id: 1 }, null, 'ready', 7, {}, [1]])(
  'a script whose first message is %j is refused unless it is that of a model',
  async (first) => {
    const worker = new FakeWorker();
    const started = start(worker);
    worker.say(first);
    if ((first as { alive?: string } | null)?.alive === '') {
      const heard: unknown[] = [];
      (await started).onMessage((message) => heard.push(message));
      for (const message of [null, 7, 'a', { id: 0, value: 1 }]) worker.say(message);
      expect(heard).toEqual([{ id: 0, value: 1 }]);
    } else {
      await expect(started).rejects.toMatchObject({
        code: 'device-unavailable',
        message: expect.stringMatching(
          /its script does not come, or is another.*'@latentkit\/web\/worker'/,
        ),
      });
      expect(worker.terminated).toBe(true);
    }
  },
);

test('a script that says nothing is waited for a minute, not for ever', async () => {
  jest.useFakeTimers();
  const worker = new FakeWorker();
  const started = expect(start(worker)).rejects.toMatchObject({ code: 'device-unavailable' });
  await jest.advanceTimersByTimeAsync(59_000);
  expect(worker.terminated).toBe(false);
  await jest.advanceTimersByTimeAsync(1_000);
  await started;
  expect(worker.terminated).toBe(true);
});
