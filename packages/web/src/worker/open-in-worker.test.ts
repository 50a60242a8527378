import { describe, expect, test } from '@jest/globals';
import type { Placement } from '../ort/placement.ts';
import { openInWorker } from './open-in-worker.ts';
import type { WorkerReply, WorkerRequest } from './worker-protocol.ts';

const placement: Placement = {
  policy: { device: ['wasm'], strict: false },
  wasmUrls: {},
  numThreads: 1,
};
const graph = { device: 'wasm', inputs: [], outputs: [] };
const attempts = [{ device: 'wasm', ok: true, reason: 'opened' }];

/** A worker that doubles x, by messages and events as the browser's; `silent` ones never answer. */
class FakeWorker extends EventTarget {
  terminated = 0;
  readonly requests: WorkerRequest[] = [];
  readonly silent: boolean;

  constructor(silent = false) {
    super();
    this.silent = silent;
  }

  postMessage(message: WorkerRequest, transfer: ArrayBuffer[]): void {
    const request = structuredClone(message, { transfer });
    this.requests.push(request);
    if (!this.silent) queueMicrotask(() => this.answer(request));
  }

  answer(request: WorkerRequest): void {
    const { id } = request;
    if (request.kind === 'open') {
      this.reply({ id, ok: true, value: { graphs: { encoder: graph, decoder: graph }, attempts } });
    } else if (request.kind === 'run') {
      const x = request.feeds['x']?.data as Float32Array;
      const y = { data: x.map((value) => 2 * value), dims: [x.length], dtype: 'float32' };
      this.reply({ id, ok: true, value: { y } });
    } else {
      this.reply({ id, ok: true, value: undefined });
    }
  }

  reply(data: WorkerReply): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }

  terminate(): void {
    this.terminated++;
  }
}

function open(worker: FakeWorker, owned = false, signal?: AbortSignal) {
  const graphs = { encoder: Uint8Array.of(1, 2), decoder: Uint8Array.of(3) };
  const spawn = () => worker as unknown as Worker;
  return { graphs, opening: openInWorker(graphs, placement, { spawn, owned }, signal) };
}

const feed = () => ({
  x: { data: new Float32Array([9, 1, 2]).subarray(1), dims: [2], dtype: 'float32' as const },
});

describe('openInWorker', () => {
  test('moves bytes that it owns, and copies those of the caller', async () => {
    const moved = open(new FakeWorker(), true);
    await moved.opening;
    expect(moved.graphs.encoder.length).toBe(0);
    const copied = open(new FakeWorker());
    expect((await copied.opening).attempts).toEqual(attempts);
    expect([...copied.graphs.encoder]).toEqual([1, 2]);
  });

  test('leaves feeds to the caller unless they are given away', async () => {
    const { runners } = await open(new FakeWorker()).opening;
    const encoder = runners['encoder']!;
    const kept = feed();
    expect([...((await encoder.run(kept))['y']!.data as Float32Array)]).toEqual([2, 4]);
    expect(kept.x.data.length).toBe(2);
    const given = feed();
    await encoder.run(given, { transfer: true });
    expect(given.x.data.length).toBe(0);
  });

  test('writes outputs into the memory given for them, if it fits', async () => {
    const { runners } = await open(new FakeWorker()).opening;
    const y = { data: new Float32Array(2), dims: [2], dtype: 'float32' as const };
    expect((await runners['encoder']!.run(feed(), { outputs: { y } }))['y']).toBe(y);
    expect([...y.data]).toEqual([2, 4]);
    const small = { ...y, data: new Float32Array(1) };
    await expect(runners['encoder']!.run(feed(), { outputs: { y: small } })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  test('the worker ends with the last of its graphs', async () => {
    const worker = new FakeWorker();
    const { runners } = await open(worker).opening;
    await runners['encoder']!.dispose();
    expect(worker.terminated).toBe(0);
    await Promise.all([runners['decoder']!.dispose(), runners['decoder']!.dispose()]);
    expect(worker.terminated).toBe(1);
    expect(worker.requests.filter(({ kind }) => kind === 'dispose')).toHaveLength(2);
  });

  test('an abort ends a worker that has not opened', async () => {
    const worker = new FakeWorker(true);
    const controller = new AbortController();
    const { opening } = open(worker, false, controller.signal);
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: 'aborted' });
    expect(worker.terminated).toBeGreaterThan(0);
  });

  test('a worker that dies fails the calls that wait and those that come', async () => {
    const worker = new FakeWorker();
    const { runners } = await open(worker).opening;
    worker.answer = () =>
      void worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
    const dead = {
      code: 'runtime',
      message: expect.stringMatching(/out of memory.*Load the model again/),
    };
    await expect(runners['encoder']!.run(feed())).rejects.toMatchObject(dead);
    await expect(runners['decoder']!.run(feed())).rejects.toMatchObject(dead);
    await runners['encoder']!.dispose();
  });

  test('an error in the worker arrives with its code, and harms no later call', async () => {
    const worker = new FakeWorker();
    const { runners } = await open(worker).opening;
    const answer = worker.answer;
    worker.answer = ({ id }) =>
      worker.reply({
        id,
        ok: false,
        error: { code: 'runtime', message: 'no such input', stack: '' },
      });
    await expect(runners['encoder']!.run(feed())).rejects.toMatchObject({
      code: 'runtime',
      message: 'no such input',
    });
    worker.answer = answer;
    await expect(runners['encoder']!.run(feed())).resolves.toBeDefined();
  });
});
