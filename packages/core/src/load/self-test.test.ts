import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { AbortedError, DeviceError, LatentkitError } from '../errors/index.ts';
import { type Golden, writeGolden } from '../golden/golden.ts';
import type { GraphRunner, NamedTensors } from '../run/runner.ts';
import { tensor } from '../tensor.ts';
import { fakeCard, fakeDecoder, fakeEncoder, fakePlatform, fakeSource } from '../testing.ts';
import { openOnFirst } from './devices.ts';
import { type LoadOptions, loadAutoencoder, loadEncoder } from './load.ts';
import type { ModelSource, Platform } from './platform.ts';
import { planSelfTest, readSelfTest, type SelfTestPlan, trust } from './self-test.ts';

/** What the fake encoder makes of two items, [1, 2, 3, 4] and zeros, and its decoder of zeros. */
const golden: Golden = {
  graphs: {
    encoder: {
      inputs: { x: tensor(Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0), [2, 4]) },
      outputs: {
        mean: tensor(Float32Array.of(3, 7, 0, 0), [2, 2]),
        log_var: tensor(new Float32Array(4), [2, 2]),
      },
    },
    decoder: {
      inputs: { z: tensor(new Float32Array(2), [1, 2]) },
      outputs: { mean: tensor(new Float32Array(4).fill(0.5), [1, 4]) },
    },
  },
};

const plan = (options: Partial<Parameters<typeof planSelfTest>[0]> = {}) =>
  planSelfTest({
    asked: undefined,
    precision: 'fp32',
    tolerance: { cpu: 1e-4, webgpu: 1e-3 },
    golden: { file: 'golden.safetensors', bytes: 1, sha256: '' },
    graphs: ['encoder', 'decoder'],
    read: async () => golden,
    ...options,
  });

/** An encoder whose means are off by so much; the row of zeros shows it undiminished. */
function off(by: number): GraphRunner {
  const sound = fakeEncoder();
  return {
    ...sound,
    async run(feeds): Promise<NamedTensors> {
      const { mean, log_var } = await sound.run(feeds);
      const data = Float32Array.from(mean?.data as Float32Array, (value) => value + by);
      return { mean: tensor(data, mean?.dims as number[]), log_var: log_var as never };
    },
  };
}

describe('trust', () => {
  test('tells how far a sound device is off', async () => {
    const runners = { encoder: fakeEncoder(), decoder: fakeDecoder() };
    expect(await trust('cuda', runners, plan())).toBe('; computes the golden values to 0.0');
    expect(await trust('webgpu', { encoder: off(5e-4) }, plan())).toMatch(/to 0\.00050$/);
  });

  test('refuses one that computes wrongly, with the error measured', async () => {
    const error = await trust('webgpu', { encoder: off(0.5) }, plan()).catch((thrown) => thrown);
    expect(DeviceError.isInstance(error)).toBe(true);
    expect((error as DeviceError).attempts).toEqual([
      {
        device: 'webgpu',
        ok: false,
        error: 0.5,
        reason:
          "computes wrongly: golden value 'mean' of the encoder is off by 0.50 (row 1), at most 0.0010 was expected",
        remedy:
          'Update the driver or runtime of webgpu, or choose another device; selfTest: false takes it as it is.',
      },
    ]);
    expect((error as DeviceError).message).toMatch(
      /^webgpu cannot be trusted with the model\.\n {2}- webgpu: computes wrongly: /,
    );
  });

  test('takes one that is off by just as much as may be', async () => {
    const within = plan({ tolerance: { webgpu: 0.5 } });
    expect(await trust('webgpu', { encoder: off(0.5) }, within)).toMatch(/to 0\.50$/);
    await expect(trust('webgpu', { encoder: off(0.5625) }, within)).rejects.toMatchObject({
      attempts: [{ error: 0.5625 }],
    });
  });

  test('asks for the outputs that were recorded, of graphs that some were recorded of', async () => {
    const wanted: unknown[] = [];
    const sound = fakeEncoder();
    const encoder: GraphRunner = {
      ...sound,
      run: (feeds, options) => {
        wanted.push(options?.wanted);
        return sound.run(feeds);
      },
    };
    const prior = { ...sound, run: () => Promise.reject(new Error('never asked')) };
    expect(await trust('webgpu', { prior, encoder }, plan({ graphs: ['encoder', 'prior'] }))).toBe(
      '; computes the golden values to 0.0',
    );
    expect(wanted).toEqual([['mean', 'log_var']]);
  });

  test('of indices a share may be others, which is no error to tell', async () => {
    const indices = (...data: number[]) =>
      ({ dtype: 'int32', dims: [1, data.length], data: Int32Array.from(data) }) as const;
    const expected = indices(...Array(20).fill(1));
    const read = async (): Promise<Golden> => ({
      graphs: { encoder: { inputs: { x: expected }, outputs: { indices: expected } } },
    });
    const giving = (...data: number[]) => ({
      encoder: { ...fakeEncoder(), run: async () => ({ indices: indices(...data) }) },
    });
    const one = [0, ...Array(19).fill(1)];
    expect(await trust('webgpu', giving(...one), plan({ read }))).toBe(
      '; computes the golden values to 0.0',
    );
    const two = [0, 0, ...Array(18).fill(1)];
    await expect(trust('webgpu', giving(...two), plan({ read }))).rejects.toThrow(
      "golden value 'indices' of the encoder is off by 0.10 (row 0), at most 0.050 was expected",
    );
    await expect(trust('cpu', giving(...one), plan({ read, asked: true }))).rejects.toThrow(
      'off by 0.050 (row 0), at most 0.0 was expected',
    );
  });

  test('numbers that are none, outputs that are missing and runs that fail are no better', async () => {
    const giving = (run: GraphRunner['run']) =>
      trust('webgpu', { encoder: { ...fakeEncoder(), run } }, plan());
    await expect(giving(off(Number.NaN).run)).rejects.toThrow(/off by no number/);
    await expect(giving(async () => ({}))).rejects.toThrow(/'mean' .* off by no number/);
    await expect(
      giving(async () => {
        throw new Error('lost');
      }),
    ).rejects.toMatchObject({
      cause: new Error('lost'),
      attempts: [
        {
          device: 'webgpu',
          ok: false,
          reason: 'fails on golden values: lost',
          remedy: expect.any(String),
        },
      ],
    });
  });

  test.each([
    ['webgpu', 'fp32', undefined, true],
    ['cpu', 'fp32', undefined, false],
    ['wasm', 'fp32', undefined, false],
    ['wasm', 'int8', undefined, true],
    ['cpu', 'fp16', undefined, true],
    ['cpu', 'fp32', true, true],
  ] as const)('on %s in %s, asked %s: %s', async (device, precision, asked, wanted) => {
    let reads = 0;
    const read = async () => {
      reads += 1;
      return golden;
    };
    const told = await trust(device, { encoder: fakeEncoder() }, plan({ precision, asked, read }));
    expect([told !== '', reads]).toEqual(wanted ? [true, 1] : [false, 0]);
  });

  test('a precision that rounds may be further off, by the card where it says', async () => {
    const inHalf = { precision: 'fp16' } as const;
    await trust('cpu', { encoder: off(0.04) }, plan(inHalf));
    const strict = plan({ ...inHalf, tolerance: { cpu: 1e-4, fp16: 1e-2 } });
    await expect(trust('cpu', { encoder: off(0.04) }, strict)).rejects.toThrow(/at most 0\.01/);
  });

  test('without golden values the report says so; read ones are needed only where asked for', async () => {
    const runners = { encoder: fakeEncoder() };
    const none = plan({ golden: undefined });
    expect(await trust('webgpu', runners, none)).toBe(
      '; not tested: the card names no golden values',
    );
    const read = () => Promise.reject(new LatentkitError('not-found', 'no such file'));
    expect(await trust('webgpu', runners, plan({ read }))).toBe('; not tested: no such file');
    await expect(trust('webgpu', runners, plan({ read, asked: true }))).rejects.toThrow('no such');
    const stopped = () => Promise.reject(new AbortedError('Loading', AbortSignal.abort()));
    await expect(trust('webgpu', runners, plan({ read: stopped }))).rejects.toMatchObject({
      code: 'aborted',
    });
    const broken = () => Promise.reject(new TypeError('a fault of ours'));
    await expect(trust('webgpu', runners, plan({ read: broken }))).rejects.toThrow(TypeError);
  });

  test('the values are read once for all devices, and tell what is tried', async () => {
    let reads = 0;
    const read = async () => {
      reads += 1;
      return golden;
    };
    const shared = plan({ read, precision: 'int8', graphs: ['decoder'] });
    expect(await shared.read()).toBe(await shared.read());
    expect(reads).toBe(1);
    expect(await shared.read()).toEqual({
      everywhere: true,
      precision: 'int8',
      tolerance: { cpu: 1e-4, webgpu: 1e-3 },
      rows: { decoder: golden.graphs.decoder },
    });
  });

  test('of many rows those are kept that fit, shared by the graphs; what has no rows is kept whole', async () => {
    const many = 2_000;
    const values = (width: number) => tensor(new Float32Array(many * width).fill(1), [many, width]);
    const temperature = tensor(Float32Array.of(1), []);
    const graph = () => ({
      inputs: { x: values(4), temperature },
      outputs: {
        mean: values(2),
        flag: { dtype: 'int8', dims: [many], data: new Int8Array(many) },
      },
    });
    const both = { graphs: { encoder: graph(), decoder: graph() } } as Golden;
    const rowsIn = async (graphs: string[]) => {
      const { rows } = await plan({ read: async () => both, graphs }).read();
      return rows as Golden['graphs'];
    };
    // 4 · 4 + 2 · 4 + 1 bytes a row, and 4 of the temperature.
    const alone = Math.floor(50_000 / (25 + 4 / many));
    const half = Math.floor(25_000 / (25 + 4 / many));
    const { encoder, decoder } = await rowsIn(['encoder', 'prior']);
    expect(decoder).toBeUndefined();
    expect(encoder?.inputs).toEqual({
      x: tensor(new Float32Array(alone * 4).fill(1), [alone, 4]),
      temperature,
    });
    expect(encoder?.outputs['flag']).toEqual({
      dtype: 'int8',
      dims: [alone],
      data: new Int8Array(alone),
    });
    expect(encoder?.inputs['x']?.data.buffer.byteLength).toBe(alone * 16);
    const shared = await rowsIn(['encoder', 'decoder']);
    expect(shared.encoder?.inputs['x']?.dims).toEqual([half, 4]);
    expect(shared.decoder?.inputs['x']?.dims).toEqual([half, 4]);
  });

  test('of no rows none are kept', async () => {
    const none = tensor(new Float32Array(0), [0, 4]);
    const empty: Golden = { graphs: { encoder: { inputs: { x: none }, outputs: { mean: none } } } };
    const { rows } = await plan({ read: async () => empty }).read();
    expect((rows as Golden['graphs']).encoder).toEqual(empty.graphs.encoder);
  });

  test('runs 50 kB of rows at most, and one at least', async () => {
    const big = 20_000;
    const values = (rows: number) => tensor(new Float32Array(rows * big), [rows, big]);
    const graphs = (rows: number): Golden => ({
      graphs: { encoder: { inputs: { x: values(rows) }, outputs: { mean: values(rows) } } },
    });
    const small: Golden = {
      graphs: { decoder: golden.graphs.decoder as NonNullable<Golden['graphs']['decoder']> },
    };
    for (const [given, graph, rows] of [
      [graphs(3), 'encoder', 1],
      [small, 'decoder', 1],
      [golden, 'encoder', 2],
    ] as const) {
      const { rows: kept } = await plan({ read: async () => given }).read();
      const inputs = (kept as Golden['graphs'])[graph]?.inputs ?? {};
      expect(Object.values(inputs)[0]?.dims[0]).toBe(rows);
    }
  });

  test('a thread that was sent the values decides the same', async () => {
    const sent = structuredClone(await plan().read());
    const there = readSelfTest(sent);
    await expect(trust('webgpu', { encoder: off(0.5) }, there)).rejects.toThrow('off by 0.50');
    expect(await trust('wasm', { encoder: off(0.5) }, there)).toBe('');
  });
});

test('a list of devices goes on after one that computes wrongly, and keeps the error', async () => {
  const { attempts } = await openOnFirst(
    ['webgpu', 'wasm'],
    false,
    async (device) => {
      const runners = { encoder: off(device === 'webgpu' ? 0.5 : 0) };
      return { runners, reason: await trust(device, runners, plan()) };
    },
    () => 'get a driver',
  );
  expect(attempts).toMatchObject([
    { device: 'webgpu', ok: false, error: 0.5, remedy: expect.stringContaining('Update') },
    { device: 'wasm', ok: true },
  ]);
});

describe('loading', () => {
  const bytes = writeGolden(golden);
  const file = {
    file: 'golden.safetensors',
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  const source = () =>
    fakeSource({
      'model.json': JSON.stringify({ ...fakeCard(), golden: file }),
      [file.file]: bytes,
    });

  /** What a platform is told to try while the encoder is loaded. */
  async function plansOf(from: ModelSource, options: LoadOptions) {
    const platform = fakePlatform();
    let tested: SelfTestPlan | undefined;
    await loadEncoder(
      {
        ...platform,
        open: async (graphs, { selfTest, ...rest }) => {
          tested = selfTest;
          return platform.open(graphs, { ...rest, selfTest: undefined });
        },
      },
      from,
      options,
    );
    return { tested };
  }

  /** The same model, whose graphs are on offer in fp16 too. */
  function inHalf(from: () => ModelSource): ModelSource {
    const { encoder, decoder } = fakeCard().graphs;
    const both = (graph: typeof encoder) => ({
      ...graph,
      files: { ...graph.files, fp16: graph.files.fp32 },
    });
    const graphs = { encoder: both(encoder), decoder: both(decoder) };
    const card = new TextEncoder().encode(JSON.stringify({ ...fakeCard(), golden: file, graphs }));
    const plain = from();
    return {
      ...plain,
      read: async (name, options) => (name === 'model.json' ? card : plain.read(name, options)),
    };
  }

  test('reads golden values where they are asked for, and reports what came of it', async () => {
    const without = source();
    await loadAutoencoder(fakePlatform(), without);
    expect(without.reads).not.toContain(file.file);
    const asked = source();
    const { device } = await loadAutoencoder(fakePlatform(), asked, { selfTest: true });
    expect(asked.reads).toContain(file.file);
    expect(device.attempts[0]?.reason).toBe('opened; computes the golden values to 0.0');
  });

  test('refuses a device that computes wrongly', async () => {
    const wrong = fakePlatform({ encoder: { run: off(0.5).run } });
    await expect(loadEncoder(wrong, source(), { selfTest: true })).rejects.toMatchObject({
      code: 'device-unavailable',
      attempts: [{ error: 0.5 }],
    });
    await loadEncoder(wrong, source(), { selfTest: false });
    await loadEncoder(wrong, source());
  });

  test('warns of a device that was passed over for its numbers, and of no other', async () => {
    const platform = fakePlatform();
    const warned: string[] = [];
    const attempts = [
      { device: 'cuda', ok: false, reason: 'is absent' },
      { device: 'webgpu', ok: false, reason: 'computes wrongly', error: 0.5 },
      { device: 'fake', ok: true, reason: 'opened' },
    ];
    await loadEncoder(
      {
        ...platform,
        warn: (message) => warned.push(message),
        open: async (...args) => ({ ...(await platform.open(...args)), attempts }),
      },
      source(),
    );
    expect(warned).toEqual(['fake: webgpu was passed over, it computes wrongly.']);
    const open: Platform['open'] = async (...args) => ({
      ...(await platform.open(...args)),
      attempts,
    });
    await expect(loadEncoder({ ...platform, open }, source())).resolves.toBeDefined();
  });

  test('golden values that cannot be read are named with where they are', async () => {
    const json = new TextEncoder().encode('{"format":1,"graphs":{}}');
    const sha256 = createHash('sha256').update(json).digest('hex');
    const card = { ...fakeCard(), golden: { file: 'golden.json', bytes: json.length, sha256 } };
    const old = fakeSource({ 'model.json': JSON.stringify(card), 'golden.json': json });
    const { tested } = await plansOf(old, {});
    expect((await tested?.read())?.rows).toMatch(
      /^memory: golden\.json holds golden values as JSON/,
    );
  });

  test('tells the platform what to try, and in which precision', async () => {
    expect((await plansOf(source(), { selfTest: false })).tested).toBeUndefined();
    expect(await (await plansOf(source(), {})).tested?.read()).toMatchObject({
      everywhere: false,
      precision: 'fp32',
      tolerance: fakeCard().tolerance,
      rows: { encoder: expect.any(Object) },
    });
    const [half, asked] = [inHalf(source), await plansOf(source(), { selfTest: true })];
    expect((await plansOf(half, { dtype: 'fp16' })).tested?.everywhere).toBe(true);
    expect(asked.tested?.everywhere).toBe(true);
  });

  test('takes true, false or nothing', async () => {
    await expect(
      loadEncoder(fakePlatform(), source(), { selfTest: 'yes' as never }),
    ).rejects.toMatchObject({
      code: 'invalid-argument',
      message: "selfTest: expected true or false, received 'yes'.",
    });
  });
});
