import { describe, expect, jest, test } from '@jest/globals';
import { tensor } from '@latentkit/core';
import { loadAutoencoder } from '@latentkit/core/runtime';
import { fakeCard } from '@latentkit/core/testing';
import { binaryMessages, readBody, readTensors, writeBody } from './body.ts';
import { oipSource } from './oip-source.ts';
import { CARD_PARAMETER, datatypeOf, JSON_LENGTH } from './protocol.ts';

const card = fakeCard({ item: [4], latent: { kind: 'gaussian', size: 2 } });
const ADDRESS = 'oip+http://models.test:8000/prefix/fake?key=1';
const platform = {
  sha256: async () => '0'.repeat(64),
  open: () => Promise.reject(new Error('nothing is opened here')),
};
const fail = (fault: string): never => {
  throw new Error(fault);
};

type Handler = (path: string, init: RequestInit) => Response | Promise<Response>;

/** Answers as a server of the fake model does: means are sums of halves, and `rows` is what came in each request. */
function server({ maxBatch = 64, infer }: { maxBatch?: number; infer?: Handler } = {}) {
  const rows: number[] = [];
  const paths = new Set<string>();
  const fetch = jest.fn(async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, search } = new URL(String(url));
    paths.add(pathname + search);
    const [, graph = '', what = ''] =
      /^\/prefix\/v2\/models\/fake-(encoder|decoder)(\/\w+)?$/.exec(pathname) ?? [];
    const described = card.graphs[graph as 'encoder'];
    if (!described) return Response.json({ error: 'There is no such model.' }, { status: 404 });
    if (what === '/config') {
      const parameters = { [CARD_PARAMETER]: { string_value: JSON.stringify(card) } };
      return Response.json({ max_batch_size: maxBatch, parameters });
    }
    if (what === '') {
      const infos = (side: 'inputs' | 'outputs') =>
        described[side].map(({ name, dtype, shape }) => ({
          name,
          datatype: datatypeOf(dtype),
          shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
        }));
      return Response.json({ name: graph, inputs: infos('inputs'), outputs: infos('outputs') });
    }
    const answered = await infer?.(pathname, init);
    if (answered) return answered;
    const length = (init.headers as Record<string, string>)[JSON_LENGTH];
    const { message, binary } = readBody(init.body as Uint8Array, length, fail);
    const { x } = readTensors('inputs', message['inputs'], binary, fail);
    const [count = 0] = x!.dims;
    rows.push(count);
    const mean = Float32Array.from({ length: 2 * count }, (_, i) => {
      const at = 2 * i;
      return (x!.data[at] as number) + (x!.data[at + 1] as number);
    });
    const outputs = { mean: tensor(mean, [count, 2]), log_var: tensor(mean, [count, 2]) };
    const wanted = (message['outputs'] as { name: 'mean' }[]).map(({ name }) => name);
    const own = Object.fromEntries(wanted.map((name) => [name, outputs[name]]));
    const answer = { outputs: binaryMessages(own) };
    const { bytes, jsonLength } = writeBody(answer, Object.values(own));
    return new Response(bytes, { headers: { [JSON_LENGTH]: String(jsonLength) } });
  });
  return { fetch: fetch as never, rows, paths };
}

const load = ({ fetch }: { fetch: never }, options: object = {}, patienceMs?: number) =>
  loadAutoencoder(platform, oipSource(ADDRESS, { fetch, patienceMs }, options), options);

const items = (count: number) => Float32Array.from({ length: 4 * count }, (_, i) => (i % 5) / 8);

describe('a model at a server', () => {
  test('is loaded by its card, checked against it, and encodes there', async () => {
    const served = server();
    const vae = await load(served);
    expect(vae.card).toEqual(card);
    expect(vae.device).toEqual({
      name: 'oip',
      attempts: [{ device: 'oip', ok: true, reason: 'runs at http://models.test:8000/prefix/' }],
    });
    const { data, dims } = await vae.encoder.embed(items(3));
    expect(dims).toEqual([3, 2]);
    expect([...data]).toEqual(
      [0.125, 0.625, 0.5, 0.375, 0.875, 0.125].map((v) => expect.closeTo(v, 6)),
    );
    expect([...served.paths]).toContain('/prefix/v2/models/fake-encoder/infer?key=1');
    await vae.dispose();
    await expect(vae.encoder.embed(items(1))).rejects.toMatchObject({ code: 'disposed' });
  });

  test('is sent no more rows at a time than the server takes, several requests at a time', async () => {
    const served = server({ maxBatch: 10 });
    const vae = await load(served);
    const { data } = await vae.encoder.embed(items(95));
    expect(served.rows).toHaveLength(10);
    expect(Math.max(...served.rows)).toBe(10);
    const alone = await Promise.all(
      [0, 94].map((row) => vae.encoder.embed(items(95).subarray(4 * row, 4 * row + 4))),
    );
    expect([...alone[0]!.data, ...alone[1]!.data]).toEqual([
      ...data.subarray(0, 2),
      ...data.subarray(-2),
    ]);
  });

  test.each(['device', 'execution', 'threads', 'dtype', 'selfTest'])(
    'takes no option %s: the server decides',
    (option) => {
      expect(() => load(server(), { [option]: 'cpu' })).toThrow(
        `${option}: expected no such option`,
      );
    },
  );

  test.each([
    'oip+http://models.test',
    'oip+http://models.test/',
    'oip+http://:8000/fake',
    'oip+http://models.test/%E0%A4%A',
  ])('is refused at %s', (address) => {
    expect(() => oipSource(address, server())).toThrow("expected 'oip+http://host:port/NAME'");
  });

  test('is refused with a password in its address, which no message repeats', () => {
    const address = 'oip+http://me:secret@models.test/fake';
    const loading = () => oipSource(address, server());
    expect(loading).toThrow('without user and password');
    expect(loading).not.toThrow('secret');
  });

  test('that has another interface than its card is refused', async () => {
    const { fetch } = server();
    const other = (url: string, init: RequestInit) =>
      /fake-decoder\?/.test(url)
        ? Response.json({ inputs: [], outputs: [] })
        : (fetch as typeof globalThis.fetch)(url, init);
    await expect(load({ fetch: other as never })).rejects.toMatchObject({ code: 'invalid-card' });
  });

  test('that has no card is not found, nor are files', async () => {
    const source = oipSource(ADDRESS, { fetch: (async () => Response.json({})) as never });
    const notFound = { code: 'not-found', message: expect.stringContaining('no model card') };
    await expect(source.read('model.json', {})).rejects.toMatchObject(notFound);
    const file = source.read('golden.safetensors', {});
    await expect(file).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a server that is busy', () => {
  const busy = (after?: string) =>
    Response.json(
      { error: 'Too many requests are waiting.' },
      { status: 503, headers: after === undefined ? {} : { 'retry-after': after } },
    );

  test('is asked again after as long as it says', async () => {
    let refusals = 2;
    const served = server({ infer: () => (refusals-- > 0 ? busy('0.05') : (undefined as never)) });
    const vae = await load(served);
    const start = performance.now();
    expect((await vae.encoder.embed(items(1))).dims).toEqual([1, 2]);
    expect(performance.now() - start).toBeGreaterThan(90);
    expect(refusals).toBe(-1);
  });

  test.each([['3600'], [new Date(Date.now() + 3.6e6).toUTCString()]])(
    'is not waited for beyond what is bearable: %s',
    async (after) => {
      const vae = await load(server({ infer: () => busy(after) }));
      await expect(vae.encoder.embed(items(1))).rejects.toMatchObject({
        code: 'queue-full',
        message: expect.stringMatching(/is busy \("Too many requests are waiting"\).*Send less/),
      });
    },
  );

  test('that stays so is given up after a while', async () => {
    let asked = 0;
    const infer = () => {
      asked += 1;
      return busy('0.02');
    };
    const vae = await load(server({ infer }), {}, 100);
    await expect(vae.encoder.embed(items(1))).rejects.toMatchObject({ code: 'queue-full' });
    expect(asked).toBe(6);
  });

  test('is not waited for after an abort', async () => {
    const vae = await load(server({ infer: () => busy('20') }));
    const signal = AbortSignal.timeout(20);
    await expect(vae.encoder.embed(items(1), { signal })).rejects.toMatchObject({
      code: 'timeout',
    });
  });
});

describe('a server that answers otherwise', () => {
  const message = (error: string, status: number) => () => Response.json({ error }, { status });
  const page = () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
  test.each<[string, Handler, string, RegExp]>([
    [
      'is away',
      () => Promise.reject(new TypeError('fetch failed')),
      'network',
      /no answer: fetch failed.*latentkit serve/,
    ],
    [
      'lost the model',
      message('There is none.', 404),
      'not-found',
      /404 \("There is none"\).*index/,
    ],
    ['finds it too large', message('Too much.', 413), 'too-large', /--max-body/],
    ['fails', message('Out of memory.', 500), 'runtime', /Out of memory/],
    ['refuses', () => new Response('', { status: 403 }), 'network', /403\. .*access rights/],
    ['is a web page', page, 'network', /something else.*it is not JSON/],
    ['has no outputs', () => Response.json({}), 'network', /outputs is not a list/],
    ['has other outputs', () => Response.json({ outputs: [] }), 'network', /'mean' is missing/],
    [
      'has an output of another type',
      () =>
        Response.json({
          outputs: [{ name: 'mean', datatype: 'INT32', shape: [1, 2], data: [1, 2] }],
        }),
      'network',
      /'mean' is INT32/,
    ],
    [
      'has too few rows',
      () =>
        Response.json({ outputs: [{ name: 'mean', datatype: 'FP32', shape: [1, 1], data: [1] }] }),
      'runtime',
      /should have 1 × 2 elements/,
    ],
    ['never ends', () => new Response(endless()), 'network', /more than \d+ bytes/],
  ])('because it %s is a typed error with a remedy', async (_, infer, code, text) => {
    const vae = await load(server({ infer }));
    const embedded = vae.encoder.embed(items(1));
    await expect(embedded).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
  });

  function endless() {
    const chunk = new Uint8Array(2 ** 22);
    return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
  }

  test('JSON in the place of binary data is read too', async () => {
    const outputs = [{ name: 'mean', datatype: 'FP32', shape: [1, 2], data: [1, 2] }];
    const vae = await load(server({ infer: () => Response.json({ outputs }) }));
    expect([...(await vae.encoder.embed(items(1))).data]).toEqual([1, 2]);
  });

  test('an abort ends the request', async () => {
    let ended = false;
    const infer: Handler = (_, { signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          ended = true;
          reject(new Error('aborted'));
        }),
      );
    const vae = await load(server({ infer }));
    const controller = new AbortController();
    const embedded = vae.encoder.embed(items(1), { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(embedded).rejects.toMatchObject({ code: 'aborted' });
    expect(ended).toBe(true);
  });
});
