import { expect, test } from '@jest/globals';
import { workerPort } from './worker-port.ts';

/** A worker as far as the page sees it. */
class FakeWorker extends EventTarget {
  readonly sent: unknown[] = [];
  terminated = 0;

  postMessage(message: unknown): void {
    this.sent.push(message);
  }

  terminate(): void {
    this.terminated += 1;
  }

  say(type: string, fields: object): void {
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

function connect() {
  const worker = new FakeWorker();
  const port = workerPort(worker as unknown as Worker);
  const heard: unknown[] = [];
  const ends: string[] = [];
  port.onMessage((message) => heard.push(message));
  port.onEnd((how) => ends.push(how));
  return { worker, port, heard, ends };
}

test('carries requests and answers, and keeps its own messages to itself', () => {
  const { worker, port, heard } = connect();
  port.post({ id: 0, kind: 'end' }, []);
  expect(worker.sent).toEqual([{ id: 0, kind: 'end' }]);
  worker.say('message', { data: { id: 0, value: 1 } });
  expect(heard).toEqual([{ id: 0, value: 1 }]);
});

test.each<[string, (worker: FakeWorker) => void, RegExp]>([
  ['terminates it', (worker) => worker.terminate(), /^it was terminated\.$/],
  [
    'crashes',
    (worker) => worker.say('error', { message: 'out of memory' }),
    /^out of memory\. Check/,
  ],
  [
    'cannot be loaded',
    (worker) => worker.say('error', {}),
    /^its script could not be loaded.*worker-src/,
  ],
  ['garbles', (worker) => worker.say('messageerror', {}), /could not be read\.$/],
])('a worker whose page or script %s is told to be gone', (_, act, how) => {
  const { worker, ends } = connect();
  act(worker);
  expect(ends).toEqual([expect.stringMatching(how)]);
});

test('its own end terminates the worker, which is no news', async () => {
  const { worker, port, ends } = connect();
  await port.end();
  await port.end();
  expect(worker.terminated).toBeGreaterThan(0);
  expect(ends).toEqual([]);
});

test('the lock of a worker that lives is waited for; that it is free means that the worker is gone', () => {
  const requested: [string, () => void][] = [];
  const locks = { request: async (name: string, got: () => void) => requested.push([name, got]) };
  const had = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
  try {
    const { worker, heard, ends } = connect();
    worker.say('message', { data: { alive: 'lock-1' } });
    expect(heard).toEqual([]);
    expect(requested.map(([name]) => name)).toEqual(['lock-1']);
    expect(ends).toEqual([]);
    requested[0]?.[1]();
    expect(ends).toEqual(['it was terminated.']);
  } finally {
    if (had) Object.defineProperty(globalThis, 'navigator', had);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
});
