import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeEncoder } from '../testing.ts';
import type { GraphRunner } from './runner.ts';
import { Scheduler } from './scheduler.ts';
import { Session } from './session.ts';
import { runInBatches, type StreamOptions, type StreamSource } from './stream.ts';

/** A session that doubles rows of two floats, and what it saw. */
function doubling({ concurrency = 1, keep = false, fail = -1 } = {}) {
  const seen = { batches: [] as number[], running: 0, most: 0, spares: 0 };
  const spares: ArrayBuffer[] = [];
  const runner: GraphRunner = {
    device: 'fake',
    inputs: [],
    outputs: [],
    // Batches are not cut by what runs take.
    rowsAtOnce: 1000,
    async run(feeds, options) {
      const x = feeds['x']?.data as Float32Array;
      const at = seen.batches.push(x.length / 2) - 1;
      seen.running += 1;
      seen.most = Math.max(seen.most, seen.running);
      const y = x.map((value) => value * 2);
      if (keep && options?.transfer)
        spares.push(
          structuredClone(x.buffer as ArrayBuffer, { transfer: [x.buffer as ArrayBuffer] }),
        );
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.running -= 1;
      if (at === fail) throw new Error('batch failed');
      return { y: tensor(y, [y.length / 2, 2]) };
    },
    spareBuffer(byteLength) {
      const spare = spares.pop();
      if (spare?.byteLength !== byteLength) return undefined;
      seen.spares += 1;
      return spare;
    },
    dispose: async () => {},
  };
  const session = new Session('doubling', runner, new Scheduler({ concurrency }));
  const stream = (source: StreamSource<Float32Array>, options: StreamOptions = {}) =>
    runInBatches(source, {
      ...options,
      what: 'The stream',
      session,
      rowSize: 2,
      open: (chunk: Float32Array) => ({
        count: chunk.length / 2,
        values: (from, to) => chunk.subarray(2 * from, 2 * to),
      }),
      run: async ({ count, values }, run) => {
        const outputs = await session.run({ x: tensor(values(0, count), [count, 2]) }, run);
        return outputs['y']?.data as Float32Array;
      },
    });
  return { stream, seen };
}

/** Rows 0 … count − 1 in chunks of the given sizes, cyclically, all in one reused buffer. */
function* reused(count: number, sizes: readonly number[], log = { taken: 0, closed: false }) {
  const buffer = new Float32Array(2 * Math.max(...sizes));
  try {
    for (let row = 0, i = 0; row < count; i++) {
      const rows = Math.min(sizes[i % sizes.length] as number, count - row);
      for (let k = 0; k < rows * 2; k++) buffer[k] = row * 2 + k;
      row += rows;
      log.taken = row;
      yield buffer.subarray(0, rows * 2);
    }
  } finally {
    log.closed = true;
  }
}

async function collect(batches: AsyncIterable<Float32Array>) {
  const all: number[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

const doubled = (count: number) => Array.from({ length: count * 2 }, (_, i) => i * 2);

describe('runInBatches', () => {
  test.each([
    ['inline', {}],
    ['two at a time', { concurrency: 2 }],
    ['with a runner that keeps the memory', { concurrency: 2, keep: true }],
  ])('cuts chunks of any size into batches and keeps their order (%s)', async (_, options) => {
    const { stream, seen } = doubling(options);
    const rows = await collect(stream(reused(103, [1, 7, 30, 2]), { batchSize: 10 }));
    expect(rows).toEqual(doubled(103));
    expect(seen.batches).toEqual([...Array<number>(10).fill(10), 3]);
    expect(seen.most).toBe('concurrency' in options ? 2 : 1);
    expect(seen.spares > 0).toBe('keep' in options);
  });

  test('an async source, exact batches, and an empty source', async () => {
    const { stream } = doubling();
    async function* source() {
      yield* reused(20, [10]);
    }
    expect(await collect(stream(source(), { batchSize: 10 }))).toEqual(doubled(20));
    expect(await collect(stream([]))).toEqual([]);
  });

  test('asks the source for no more than the consumer and the runs under way need', async () => {
    const { stream } = doubling({ concurrency: 2 });
    const log = { taken: 0, closed: false };
    let consumed = 0;
    for await (const batch of stream(reused(1000, [5], log), { batchSize: 5 })) {
      consumed += batch.length / 2;
      expect(log.taken - consumed).toBeLessThanOrEqual(2 * 5);
    }
    expect(consumed).toBe(1000);
  });

  test('a consumer that leaves closes the source and leaves no run behind', async () => {
    const { stream, seen } = doubling({ concurrency: 2 });
    const log = { taken: 0, closed: false };
    for await (const _ of stream(reused(1000, [5], log), { batchSize: 5 })) break;
    expect(log.closed).toBe(true);
    expect(seen.running).toBe(0);
  });

  test('errors of the source and of a run come out, in order, after the batches before', async () => {
    const { stream } = doubling();
    async function* broken() {
      yield* reused(10, [5]);
      throw new Error('disk gone');
    }
    const got: number[] = [];
    const all = async (batches: AsyncIterable<Float32Array>) => {
      for await (const batch of batches) got.push(...batch);
    };
    await expect(all(stream(broken(), { batchSize: 5 }))).rejects.toThrow('disk gone');
    expect(got.length).toBeGreaterThan(0);
    const failing = doubling({ fail: 1 });
    const log = { taken: 0, closed: false };
    await expect(all(failing.stream(reused(50, [5], log), { batchSize: 5 }))).rejects.toMatchObject(
      { code: 'runtime', message: expect.stringContaining('batch failed') },
    );
    expect(log.closed).toBe(true);
  });

  test.each([1, 2, 4])(
    'what comes before a fault of the source is yielded whole, %p at a time',
    async (concurrency) => {
      const { stream } = doubling({ concurrency });
      const of = async (source: StreamSource<Float32Array>) => {
        const got: number[] = [];
        const reading = (async () => {
          for await (const batch of stream(source, { batchSize: 2 })) got.push(...batch);
        })();
        const error = await reading.catch((error: Error) => error.message);
        return { rows: got.length / 2, error };
      };
      async function* broken(rows: number) {
        yield* reused(rows, [1]);
        throw new Error('disk gone');
      }
      expect(await of(broken(3))).toEqual({ rows: 2, error: 'disk gone' });
      expect(await of(broken(40))).toEqual({ rows: 40, error: 'disk gone' });
      const bad = [...Array.from({ length: 5 }, () => new Float32Array(2)), undefined as never];
      expect(await of(bad)).toEqual({ rows: 4, error: expect.stringContaining('undefined') });
    },
  );

  test('an abort ends the stream at once, even while the source is silent', async () => {
    const { stream } = doubling();
    const controller = new AbortController();
    async function* silent() {
      yield* reused(5, [5]);
      await new Promise(() => {});
    }
    const batches = stream(silent(), { batchSize: 5, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(collect(batches)).rejects.toMatchObject({ code: 'aborted' });
  });

  test('256 rows a batch where nothing is said', async () => {
    const rows: number[] = [];
    for await (const batch of doubling().stream(reused(300, [100]))) rows.push(batch.length / 2);
    expect(rows).toEqual([256, 44]);
  });

  test('memory is used again from batch to batch, and a source is read a part at a time', async () => {
    const session = new Session('rows', fakeEncoder());
    const [rows, size] = [2 ** 17 + 5, 2 ** 17 + 10];
    const asked: number[][] = [];
    const memory = new Set<ArrayBufferLike>();
    const batches = runInBatches([0, 1, 2], {
      what: 'The stream',
      session,
      batchSize: size,
      rowSize: 2,
      open: () => ({
        count: rows,
        values: async (from, to, out) => {
          asked.push([from, to]);
          expect(out).toHaveLength(2 * (to - from));
          return out?.fill(from) as Float32Array;
        },
      }),
      run: async ({ count, values, rows }) => {
        memory.add(values(0, count).buffer);
        expect(rows(1, 3)).toEqual(values(0, count).subarray(2, 6));
        return count;
      },
    });
    const counts: number[] = [];
    for await (const count of batches) counts.push(count);
    expect(counts).toEqual([size, size, 3 * rows - 2 * size]);
    expect(memory.size).toBeLessThan(3);
    expect(asked).toEqual([
      [0, 2 ** 17],
      [2 ** 17, rows],
      [0, 5],
      [5, 2 ** 17 + 5],
      [0, 10],
      [10, rows],
    ]);
  });

  test('what goes beside rows is kept with them, cut as they are', async () => {
    const batches = runInBatches([[1, 2, 3], [4], [5, 6]], {
      what: 'The stream',
      session: new Session('rows', fakeEncoder()),
      batchSize: 4,
      rowSize: 1,
      besideSize: 2,
      open: (chunk) => ({
        count: chunk.length,
        values: (from, to) => Float32Array.from(chunk.slice(from, to)),
        beside: (from, to) =>
          Float32Array.from(chunk.slice(from, to).flatMap((value) => [10 * value, -value])),
      }),
      run: async ({ count, values, beside }) => [[...values(0, count)], [...beside]],
    });
    const found: number[][][] = [];
    for await (const batch of batches) found.push(batch);
    expect(found).toEqual([
      [
        [1, 2, 3, 4],
        [10, -1, 20, -2, 30, -3, 40, -4],
      ],
      [
        [5, 6],
        [50, -5, 60, -6],
      ],
    ]);
  });

  test('a source that came to its end is not closed; one that is left is, and that is waited for', async () => {
    const closed: string[] = [];
    const source = () => {
      let next = 0;
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: next === 3, value: new Float32Array(2).fill(next++) }),
          async return() {
            for (let turn = 0; turn < 50; turn++) await undefined;
            closed.push('closed');
            return { done: true as const, value: undefined };
          },
        }),
      };
    };
    const { stream } = doubling();
    const options = { batchSize: 1 };
    expect(await collect(stream(source(), options))).toEqual([0, 0, 2, 2, 4, 4]);
    expect(closed).toEqual([]);
    for await (const _ of stream(source(), options)) break;
    expect(closed).toEqual(['closed']);
  });

  test('what a source throws while it is closed does not hide why', async () => {
    const { stream } = doubling({ fail: 0 });
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: new Float32Array(2) }),
        return: () => {
          throw new Error('cannot be closed');
        },
      }),
    };
    await expect(collect(stream(source, { batchSize: 1 }))).rejects.toThrow('batch failed');
  });

  test.each([
    ['whose iterator is no function', { [Symbol.asyncIterator]: 5 }],
    ['that gives no iterator', { [Symbol.iterator]: () => null }],
    ['whose iterator has no next', { [Symbol.iterator]: () => ({}) }],
  ])('a source %s is refused', async (_, source) => {
    const { stream } = doubling();
    await expect(collect(stream(source as never))).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^source: expected an iterable/),
    });
  });

  test('a source that ended too early fails once all before is yielded', async () => {
    const session = new Session('rows', fakeEncoder());
    const batches = runInBatches([1, 2], {
      what: 'The stream',
      session,
      batchSize: 1,
      rowSize: 1,
      open: () => ({ count: 1, values: () => new Float32Array(1) }),
      run: async ({ count }) => count,
      end: () => {
        throw new Error('more was expected');
      },
    });
    await expect(batches.next()).resolves.toEqual({ done: false, value: 1 });
    await expect(batches.next()).resolves.toEqual({ done: false, value: 1 });
    await expect(batches.next()).rejects.toThrow('more was expected');
  });

  const source =
    'source: expected an iterable or async iterable of batches (put a single batch in an array), received ';

  test.each<[string, unknown, StreamOptions, string]>([
    [
      'a batch size of 0',
      [],
      { batchSize: 0 },
      'batchSize: expected an integer of at least 1, received 0.',
    ],
    [
      'half a row',
      [],
      { batchSize: 1.5 },
      'batchSize: expected an integer of at least 1, received 1.5.',
    ],
    [
      'a batch size beyond all memory',
      [new Float32Array(2)],
      { batchSize: Number.MAX_SAFE_INTEGER },
      'batchSize: expected one whose batches fit into memory (a row is 2 floats), received 9007199254740991.',
    ],
    ['a plain array of values', new Float32Array(4), {}, `${source}a Float32Array of 4.`],
    ['nothing', undefined, {}, `${source}undefined.`],
    ['null', null, {}, `${source}null.`],
    ['text', 'abc', {}, `${source}'abc'.`],
    ['an object', { a: 1 }, {}, `${source}an object with a.`],
  ])('%s is a typed error', async (_, given, options, message) => {
    const stream = doubling().stream(given as StreamSource<Float32Array>, options);
    await expect(collect(stream)).rejects.toMatchObject({ code: 'invalid-argument', message });
  });

  test('a batch beyond all memory keeps what said so', async () => {
    const stream = doubling().stream([new Float32Array(2)], { batchSize: 2 ** 52 });
    await expect(collect(stream)).rejects.toMatchObject({ cause: { name: 'RangeError' } });
  });

  test('an abort says what streamed', async () => {
    const stream = doubling().stream([new Float32Array(2)], { signal: AbortSignal.abort() });
    await expect(collect(stream)).rejects.toMatchObject({ message: 'The stream was aborted.' });
  });
});
