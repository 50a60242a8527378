import { describe, expect, test } from '@jest/globals';
import { DisposedError, LatentkitError } from '../errors/index.ts';
import type { OpenedGraphs } from '../load/platform.ts';
import type { GraphRunner } from '../run/runner.ts';
import { type ClientPort, openRemote } from './client.ts';
import type { Request } from './protocol.ts';
import { serve } from './serve.ts';

/** A graph that doubles x, in a worker that is a pair of ports in this thread; `log` is what came. */
function worker({
  attempts = [],
  run,
  dispose,
}: {
  attempts?: OpenedGraphs['attempts'];
  run?: () => void | Promise<void>;
  dispose?: () => Promise<void>;
} = {}) {
  const log = {
    calls: [] as string[],
    settings: {},
    graphs: {},
    /** What runs gave, which is gone when it was moved. */
    outputs: [] as Float32Array[],
    disposed: 0,
    ended: 0,
    held: false,
    /** Let go of after its end was waited for: the process could end before the worker. */
    letGo: false,
    killed: 0,
    aborted: false,
  };
  let toServer: (message: unknown) => void = () => {};
  let toClient: (message: unknown) => void = () => {};
  let onEnd: (how: string, cause?: unknown) => void = () => {};
  let gone: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    gone = resolve;
  });
  /** As the platforms do it: a task of its own for each message, and nothing after the end. */
  const deliver = (
    to: () => (message: unknown) => void,
    message: unknown,
    transfer: ArrayBuffer[],
  ) => {
    const clone = structuredClone(message, { transfer });
    setImmediate(() => log.killed === 0 && to()(clone));
  };
  const port: ClientPort = {
    post(message, transfer) {
      log.calls.push((message as Request).kind);
      deliver(() => toServer, message, transfer);
    },
    onMessage: (listener) => {
      toClient = listener;
    },
    onEnd: (listener) => {
      onEnd = listener;
    },
    hold: (awaited) => {
      log.held = awaited;
      log.letGo ||= log.calls.includes('end') && !awaited;
    },
    end: () => ended,
  };
  const gate = { open: Promise.resolve() };
  serve<{ readonly fail?: boolean }>(
    {
      postMessage: (message, transfer) => deliver(() => toClient, message, transfer),
      addEventListener: (_, listener) => {
        toServer = (data) => listener({ data });
      },
      close: () => {
        log.ended += 1;
        gone();
      },
    },
    async (graphs, settings, signal) => {
      await gate.open;
      log.aborted = signal.aborted;
      Object.assign(log, { graphs, settings });
      if (settings.fail) throw new LatentkitError('device-unavailable', 'no such device');
      const runner: GraphRunner = {
        device: 'fake',
        inputs: [{ name: 'x', dtype: 'float32', shape: ['batch'] }],
        outputs: [],
        async run(feeds) {
          await run?.();
          const data = (feeds['x']!.data as Float32Array).map((value) => 2 * value);
          log.outputs.push(data);
          return { y: { data, dims: [data.length], dtype: 'float32' } };
        },
        dispose: async () => {
          log.disposed += 1;
          await dispose?.();
        },
      };
      return {
        runners: Object.fromEntries(Object.keys(graphs).map((name) => [name, runner])),
        attempts,
      };
    },
  );
  /** What a platform does with a worker that crashes or that someone terminates. */
  const kill = () => {
    log.killed += 1;
    gone();
    onEnd('it was terminated.', 'SIGKILL');
  };
  return { port, log, gate, kill };
}

const bytes = () => ({ encoder: Uint8Array.of(1, 2), decoder: Uint8Array.of(3) });
const feed = () => ({
  x: { data: new Float32Array([9, 1, 2]).subarray(1), dims: [2], dtype: 'float32' as const },
});
const open = async (workers: readonly ReturnType<typeof worker>[], options: object = {}) => {
  const { runners, ...rest } = await openRemote(
    workers.map(({ port }) => port),
    bytes(),
    { settings: {}, ...options },
  );
  return { encoder: runners['encoder']!, decoder: runners['decoder']!, ...rest };
};

describe('openRemote', () => {
  test('describes the graphs, and tells the attempts and how many runs fit', async () => {
    const attempts = [{ device: 'fake', ok: true, reason: 'opened' }];
    const opened = await open([worker({ attempts }), worker({ attempts })]);
    expect(opened).toMatchObject({ attempts, concurrency: 4 });
    expect(opened.encoder).toMatchObject({
      remote: true,
      device: 'fake',
      inputs: [{ name: 'x', dtype: 'float32', shape: ['batch'] }],
      outputs: [],
    });
    expect(Object.keys(opened)).not.toContain('runners');
  });

  test('passes on the settings, and graphs that share memory', async () => {
    const whole = Uint8Array.of(1, 2, 3);
    const one = worker();
    const graphs = { encoder: whole.subarray(0, 2), decoder: whole.subarray(2) };
    await openRemote([one.port], graphs, { settings: { device: 'wasm' }, owned: true });
    expect(one.log.settings).toEqual({ device: 'wasm' });
    expect(one.log.graphs).toEqual({ encoder: Uint8Array.of(1, 2), decoder: Uint8Array.of(3) });
    expect(whole).toHaveLength(0);
  });

  test('moves bytes that it owns to a single worker, and else copies them', async () => {
    const lengths = async (count: number, owned: boolean) => {
      const graphs = bytes();
      const ports = Array.from({ length: count }, () => worker().port);
      await openRemote(ports, graphs, { settings: {}, owned });
      return graphs.encoder.length;
    };
    expect(await lengths(1, true)).toBe(0);
    expect(await lengths(1, false)).toBe(2);
    expect(await lengths(2, true)).toBe(2);
    const kept = bytes();
    await openRemote([worker().port], kept, { settings: {} });
    expect(kept.encoder).toHaveLength(2);
  });

  test('leaves feeds to the caller unless they are given away, and gives back their memory', async () => {
    const one = worker();
    const { encoder } = await open([one]);
    const kept = feed();
    expect([...((await encoder.run(kept))['y']!.data as Float32Array)]).toEqual([2, 4]);
    expect(kept.x.data).toHaveLength(2);
    expect(one.log.outputs.map(({ byteLength }) => byteLength)).toEqual([0]);
    expect(encoder.spareBuffer?.(8)?.byteLength).toBe(8);
    const given = feed();
    await encoder.run(given, { transfer: true });
    expect(given.x.data).toHaveLength(0);
  });

  test('writes outputs into the memory given for them, if it fits', async () => {
    const { encoder } = await open([worker()]);
    const y = { data: new Float32Array(2), dims: [2], dtype: 'float32' as const };
    expect((await encoder.run(feed(), { outputs: { y } }))['y']).toBe(y);
    expect([...y.data]).toEqual([2, 4]);
    for (const [name, data] of [
      ['y', new Float32Array(1)],
      ['z', new Float32Array(2)],
    ] as const) {
      const wrong = encoder.run(feed(), { outputs: { [name]: { ...y, data } } });
      await expect(wrong).rejects.toMatchObject({
        code: 'runtime',
        message: expect.stringContaining(`'${name}' does not fit`),
      });
    }
  });

  test('the workers end with the last of the graphs, whose memory is freed one by one', async () => {
    const both = [worker(), worker()];
    const { encoder, decoder } = await open(both);
    await encoder.dispose();
    expect(both.map(({ log }) => [log.disposed, log.ended])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    await expect(encoder.run(feed())).rejects.toThrow(new DisposedError("The graph 'encoder'"));
    await Promise.all([decoder.dispose(), decoder.dispose()]);
    expect(both.map(({ log }) => log.ended)).toEqual([1, 1]);
  });

  test('runs are spread over the workers', async () => {
    const both = [worker(), worker()];
    const { encoder } = await open(both);
    await Promise.all([1, 2, 3, 4].map(() => encoder.run(feed())));
    for (const { log } of both) expect(log.calls).toEqual(['open', 'run', 'run']);
    await encoder.run(feed());
    expect(both[0]?.log.calls).toHaveLength(4);
  });

  test('calls that are not answered when the workers are to end are given up, and those not begun never are', async () => {
    let out: () => void = () => {};
    const computing = new Promise<void>((resolve) => {
      out = resolve;
    });
    const one = worker({ run: () => computing });
    const { encoder, decoder } = await open([one]);
    const told = Promise.allSettled([encoder.run(feed()), encoder.run(feed())]);
    const ending = Promise.all([encoder.dispose(), decoder.dispose()]);
    const reason = new DisposedError("The model's worker");
    expect(await told).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    // Behind the message that asks for the end.
    await new Promise((resolve) => setImmediate(resolve));
    out();
    await ending;
    expect(one.log.calls).toEqual(['open', 'run', 'run', 'dispose', 'end']);
    expect(one.log.outputs).toHaveLength(1);
  });

  test('a graph whose memory cannot be freed does not keep its worker alive', async () => {
    const one = worker({ dispose: () => Promise.reject(new Error('no')) });
    const { encoder, decoder } = await open([one]);
    await Promise.all([encoder.dispose(), decoder.dispose()]);
    expect(one.log.ended).toBe(1);
  });

  test('a worker is held while it is waited for, and not longer', async () => {
    const one = worker();
    const opening = open([one]);
    expect(one.log.held).toBe(true);
    const { encoder } = await opening;
    expect(one.log.held).toBe(false);
    const run = encoder.run(feed());
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.log.held).toBe(true);
    await run;
    expect(one.log.held).toBe(false);
    const [first, second] = [encoder.run(feed()), encoder.run(feed())];
    await first;
    expect(one.log.held).toBe(true);
    await second;
    expect(one.log.held).toBe(false);
  });

  test('a port that holds nothing need not say so', async () => {
    const { hold: _, ...port } = worker().port;
    const { runners } = await openRemote([port], bytes(), { settings: {} });
    expect((await runners['encoder']?.run(feed()))?.['y']?.dims).toEqual([2]);
  });

  test('a worker whose end is waited for is let go of by no answer that comes before it', async () => {
    const one = worker();
    const { encoder, decoder } = await open([one]);
    await Promise.all([encoder.dispose(), decoder.dispose()]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.log).toMatchObject({ ended: 1, letGo: false });
  });

  test('an abort rejects at once; the worker ends when it is out of its native code', async () => {
    const one = worker();
    let out: () => void = () => {};
    one.gate.open = new Promise((resolve) => {
      out = resolve;
    });
    const controller = new AbortController();
    const opening = open([one], { signal: controller.signal });
    controller.abort('enough');
    await expect(opening).rejects.toMatchObject({
      code: 'aborted',
      cause: 'enough',
      message: 'Loading was aborted.',
    });
    expect(one.log.ended).toBe(0);
    // Behind the message that asks for the end.
    await new Promise((resolve) => setImmediate(resolve));
    out();
    await one.port.end();
    expect(one.log).toMatchObject({ ended: 1, aborted: true });
    await expect(open([worker()], { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  test('one worker that cannot open the graphs ends all, and its error is told', async () => {
    const [good, bad] = [worker(), worker()];
    await expect(open([good, bad], { settings: { fail: true } })).rejects.toMatchObject({
      code: 'device-unavailable',
      message: 'no such device',
    });
    expect([good.log.ended, bad.log.ended]).toEqual([1, 1]);
  });

  test('an error of a run keeps its code, and harms no later call', async () => {
    let fail = true;
    const one = worker({
      run: () => {
        if (fail) throw new LatentkitError('runtime', 'no such input');
      },
    });
    const { encoder } = await open([one]);
    await expect(encoder.run(feed())).rejects.toMatchObject({
      code: 'runtime',
      message: 'no such input',
    });
    fail = false;
    await expect(encoder.run(feed())).resolves.toBeDefined();
  });

  test.each(['open', 'run', 'dispose', 'nothing'])(
    'a worker that is killed during %s leaves no promise pending',
    async (during) => {
      const one = worker();
      const dead = {
        code: 'runtime',
        message:
          "The model's worker cannot go on: it was terminated. Load the model again to go on.",
        cause: 'SIGKILL',
      };
      const opening = open([one]);
      if (during === 'open') {
        one.kill();
        await expect(opening).rejects.toMatchObject(dead);
        return;
      }
      const { encoder, decoder } = await opening;
      if (during === 'run') {
        const run = encoder.run(feed());
        one.kill();
        await expect(run).rejects.toMatchObject(dead);
      } else if (during === 'dispose') {
        const disposal = encoder.dispose();
        one.kill();
        await disposal;
      } else one.kill();
      await expect(decoder.run(feed())).rejects.toMatchObject(dead);
      await Promise.all([encoder.dispose(), decoder.dispose()]);
    },
  );
});
