import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { breathe, nextTurn } from './turn.ts';

const busy = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe('by a clock that is set', () => {
  // A process has been up for a while when it computes.
  const START = 1000;
  let clock = START;
  let mocked: { mockRestore(): void };
  beforeEach(() => {
    clock = START;
    mocked = jest.spyOn(performance, 'now').mockImplementation(() => clock);
  });
  afterEach(async () => {
    mocked.mockRestore();
    await nextTurn();
  });

  test('a turn is ended once it has lasted 16 ms, and not before', async () => {
    await nextTurn();
    expect(breathe()).toBeUndefined();
    clock = START + 15.9;
    expect(breathe()).toBeUndefined();
    clock = START + 16;
    const rest = breathe();
    expect(rest).toBeInstanceOf(Promise);
    await rest;
    expect(breathe()).toBeUndefined();
  });

  test('a turn that ended by itself needs no end', async () => {
    await nextTurn();
    expect(breathe()).toBeUndefined();
    clock = START + 20;
    await nextTurn();
    expect(breathe()).toBeUndefined();
  });
});

test('timers fire in a loop of awaits that never waits', async () => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  for (let i = 0; i < 100 && !fired; i++) {
    busy(1);
    await breathe();
  }
  expect(fired).toBe(true);
});

describe('where setImmediate is missing, as in pages', () => {
  /** `nextTurn` of a platform with those globals alone. */
  async function turnsWith(globals: object, use: (next: () => Promise<void>) => Promise<void>) {
    const { setImmediate, MessageChannel } = globalThis;
    Object.assign(globalThis, { setImmediate: undefined, MessageChannel: undefined }, globals);
    try {
      await jest.isolateModulesAsync(async () => use((await import('./turn.ts')).nextTurn));
    } finally {
      Object.assign(globalThis, { setImmediate, MessageChannel });
    }
  }

  /** Three turns end in their order, after what was promised before and with timers in between. */
  async function takesTurns(next: () => Promise<void>) {
    const order: string[] = [];
    const turns = ['1', '2', '3'].map((name) => next().then(() => order.push(name)));
    await Promise.resolve().then(() => order.push('promise'));
    expect(order).toEqual(['promise']);
    await Promise.all(turns);
    expect(order).toEqual(['promise', '1', '2', '3']);
  }

  test('turns end by messages', async () => {
    const opened: { readonly port1: { close(): void } }[] = [];
    const { MessageChannel: Real } = globalThis;
    const MessageChannel = function open() {
      const channel = new Real();
      opened.push(channel);
      return channel;
    };
    await turnsWith({ MessageChannel }, takesTurns);
    expect(opened).toHaveLength(1);
    // An open port would keep the process alive.
    for (const { port1 } of opened) port1.close();
  });

  test('or, without those, by timers', async () => {
    await turnsWith({}, takesTurns);
  });
});
