import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { loadAutoencoder, loadCard, loadEncoder, loadGolden } from '@latentkit/node';
import { tinyItems, tinyMeans, tinyModel, writeFiles } from '../../../test/fixtures/tiny-model.ts';
import { getJson, inferJson, inputOf, serveTiny } from './testing.ts';

const { files, card } = tinyModel();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-serve-'));
  for (const name of ['one', 'two']) await writeFiles(join(folder, 'models', name), files);
  await writeFiles(join(folder, 'models/none'), { 'note.txt': new Uint8Array(1) });
  await writeFiles(join(folder, 'a name'), files);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A latent without its methods. */
const numbersOf = (latent: unknown) => JSON.parse(JSON.stringify(latent));

const remote = (url: string, model = 'tiny') => `oip+${url}/${model}`;

/** A thread whose clients each send a request, and tell what their answers begin with. */
const CLIENTS = `
  const { connect } = require('node:net');
  const { once } = require('node:events');
  const { parentPort, workerData: { port, sent } } = require('node:worker_threads');
  const client = async () => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => { answer += text; });
    const end = once(socket, 'close').then(() => answer.slice(0, 12), ({ code }) => code);
    await new Promise((done) => socket.write('GET /v2/health/ready HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n', done));
    return { end };
  };
  Promise.all(Array.from({ length: 40 }, client)).then(async (clients) => {
    Atomics.store(sent, 0, 1);
    Atomics.notify(sent, 0);
    parentPort.postMessage(await Promise.all(clients.map(({ end }) => end)));
  });
`;

/** Until so many requests wait, by the server's own count. */
async function untilWaiting(url: string, count: number): Promise<void> {
  const line = `latentkit_queue_requests{model="tiny-encoder"} ${count}`;
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (text.split('\n').includes(line)) return;
  }
}

describe('the models of a server', () => {
  test('are those of a folder, or of the folders in it, by their names', async () => {
    const names = async (models: string | string[]) =>
      (await serveTiny({ models })).models.map(({ name }) => name);
    expect(await names(join(folder, 'models'))).toEqual(['one', 'two']);
    expect(
      await names([join(folder, 'models/two/'), join(folder, 'models/one/model.json')]),
    ).toEqual(['two', 'one']);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['no models', undefined, 'invalid-argument', /models: expected folders/],
    ['an empty list', [], 'invalid-argument', /models: expected folders/],
    ['a number', [3], 'invalid-argument', /models: expected folders/],
    ['no path', '', 'invalid-argument', /models: expected folders/],
    [
      'a folder that is not there',
      '/nowhere',
      'not-found',
      /nowhere is no folder.*latentkit export wrote.*beside it lie \w+, /,
    ],
    ['a folder without models', 'models/none', 'not-found', /holds no model/],
    [
      'a name that is no part of a URL',
      'a name',
      'invalid-argument',
      /rename the folder, .*'a name'/,
    ],
    ['a name twice', ['models', 'models/one'], 'invalid-argument', /one model of a name/],
    [
      'a broken model',
      { broken: { ...files, 'encoder.onnx': new Uint8Array(3) } },
      'integrity',
      /^encoder\.onnx is not/,
    ],
    [
      'a broken model among others, by its name',
      { whole: files, broken: { ...files, 'encoder.onnx': new Uint8Array(3) } },
      'integrity',
      /^broken: encoder\.onnx is not/,
    ],
  ])('are refused: %s', async (_, given, code, message) => {
    const inside = (path: unknown) =>
      typeof path === 'string' && path !== '' && !path.startsWith('/') ? join(folder, path) : path;
    const models = Array.isArray(given) ? given.map(inside) : inside(given);
    await expect(serveTiny({ models: models as never })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('an option of a server', () => {
  test.each([
    ['port', -1],
    ['host', 1],
    ['host', ''],
    ['strict', 'yes'],
    ['maxBatch', 0],
    ['maxDelayMs', Number.NaN],
    ['maxQueue', 1.5],
    ['maxQueue', 0],
    ['maxBodyBytes', 0],
    ['requestTimeoutMs', '1'],
    ['lingerMs', 0.5],
    ['graceMs', -1],
    ['cors', [1]],
    ['cors', 'example.org'],
    ['cors', ['https://example.org', 'https://example.org/']],
    ['onError', 'log'],
    ['execution', 'elsewhere'],
  ])('%s: %p is refused', async (option, value) => {
    const refused = { code: 'invalid-argument', message: expect.stringMatching(`^${option}:`) };
    await expect(serveTiny({ [option]: value })).rejects.toMatchObject(refused);
  });

  test('whose name is misspelt is refused, with the one that was meant', async () => {
    await expect(serveTiny({ maxDelay: 5 } as object)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^options: expected 'maxDelayMs' or '/),
    });
  });

  test('port: one that is taken is refused', async () => {
    const { url } = await serveTiny();
    const taken = serveTiny({ port: Number(new URL(url).port) });
    await expect(taken).rejects.toMatchObject({ code: 'in-use' });
  });

  test.each([
    ['an address of another machine', '203.0.113.7'],
    ['a name that nobody can have', 'a'.repeat(300)],
  ])('host: %s is refused', async (_, host) => {
    await expect(serveTiny({ host })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^host: expected an address of this machine/),
    });
  });

  test('port: one that is taken is told before a model is loaded, and after a model that is not there', async () => {
    const { url } = await serveTiny();
    const port = Number(new URL(url).port);
    const broken = { broken: { ...files, 'encoder.onnx': new Uint8Array(3) } };
    await expect(serveTiny({ port, models: broken })).rejects.toMatchObject({ code: 'in-use' });
    const missing = join(tmpdir(), 'latentkit-none');
    for (const models of [missing, { missing }]) {
      await expect(serveTiny({ port, models })).rejects.toMatchObject({ code: 'not-found' });
    }
    const noJson = { bad: { ...files, 'model.json': new TextEncoder().encode('{') } };
    await expect(serveTiny({ port, models: noJson })).rejects.toMatchObject({
      code: 'invalid-card',
    });
  });
});

test.each([
  ['127.0.0.1', 'localhost'],
  ['0.0.0.0', 'localhost'],
  ['localhost', 'localhost'],
  ['::', 'localhost'],
  ['0:0:0:0:0:0:0:0', 'localhost'],
  ['::1', '[::1]'],
  ['0:0:0:0:0:0:0:1', '[::1]'],
  ['::ffff:127.0.0.1', '[::ffff:7f00:1]'],
])('a server that listens at %s tells an address at which it is met', async (host, name) => {
  const { url } = await serveTiny({ host });
  expect(url).toMatch(/:\d+$/);
  expect(url).toBe(`http://${name}:${new URL(url).port}`);
  expect(await getJson(`${url}/v2/health/live`)).toEqual({ status: 200, json: { live: true } });
});

describe('a callback of a server that throws', () => {
  const full = new Error('the disk is full');
  const throwing = () => {
    throw full;
  };

  test.each<[string, () => void]>([
    ['at once', throwing],
    ['later', async () => throwing()],
  ])('onAnswer, %s: onError is told, and the server goes on', async (_, onAnswer) => {
    const errors: Error[] = [];
    const served = await serveTiny({ onAnswer, onError: (error) => errors.push(error) });
    for (const count of [1, 2]) {
      expect(await inferJson(served, {})).toMatchObject({ status: 400 });
      while (errors.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(errors).toEqual([full, full]);
  });

  test.each<[string, () => void]>([
    ['without onError', () => {}],
    ['with one that throws, too', throwing],
  ])('onAnswer %s: it is a warning, and the server goes on', async (name, onError) => {
    const fault = new Error(`the disk is full, ${name}`);
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const given = name === 'without onError' ? {} : { onError };
    const onAnswer = () => {
      throw fault;
    };
    const served = await serveTiny({ onAnswer, ...given });
    expect(await inferJson(served, {})).toMatchObject({ status: 400 });
    while (warn.mock.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { message } = name === 'without onError' ? fault : full;
    expect(warn.mock.calls).toEqual([[expect.stringContaining(message), expect.anything()]]);
    warn.mockRestore();
    expect(await inferJson(served, {})).toMatchObject({ status: 400 });
  });
});

describe('a served model in Node', () => {
  test('does all that the model does, to the same numbers', async () => {
    const { url } = await serveTiny();
    await using direct = await loadAutoencoder(files, { device: 'cpu' });
    await using vae = await loadAutoencoder(remote(url), { latent: 'gaussian' });
    const items = tinyItems(150);
    expect(vae.space).toBe(direct.space);
    const [near, far] = await Promise.all(
      [direct, vae].map(({ encoder }) => encoder.encode(items)),
    );
    expect(numbersOf(far)).toEqual(numbersOf(near));
    expect(await vae.sample(5, { seed: 3 })).toEqual(await direct.sample(5, { seed: 3 }));
    expect(await vae.reconstruct(items)).toEqual(await direct.reconstruct(items));
    const pixels = Uint8Array.from({ length: 40 }, (_, i) => (i * 61) % 256);
    expect(await vae.encoder.embed(pixels)).toEqual(await direct.encoder.embed(pixels));
    const embedded: number[] = [];
    for await (const { data } of vae.encoder.stream([items], { batchSize: 40 })) {
      embedded.push(...data);
    }
    expect(embedded).toEqual([...(await direct.encoder.embed(items)).data]);
    await expect(vae.encoder.embed(new Float32Array(3))).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  test('is loaded by halves, or its card alone; files are not to be had', async () => {
    const { url } = await serveTiny();
    expect(await loadCard(remote(url))).toEqual(card);
    await using encoder = await loadEncoder(new URL(remote(url)));
    const { data } = await encoder.embed(tinyItems(1));
    expect([...data]).toEqual([...tinyMeans(tinyItems(1))].map((mean) => expect.closeTo(mean, 5)));
    await expect(loadGolden(remote(url))).rejects.toMatchObject({ code: 'not-found' });
    await expect(loadAutoencoder(remote(url, 'other'))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('There is no model other-encoder'),
    });
  });

  test('is a typed error when its server is gone, and when there never was one', async () => {
    const served = await serveTiny();
    await using vae = await loadAutoencoder(remote(served.url));
    await served.close();
    const away = { code: 'network', message: expect.stringContaining('Does the server run') };
    await expect(vae.encoder.embed(tinyItems(1))).rejects.toMatchObject(away);
    await expect(loadAutoencoder('oip+http://127.0.0.1:1/tiny')).rejects.toMatchObject(away);
  });

  test('runs in worker threads too, as it does by default', async () => {
    const { url } = await serveTiny({ execution: 'worker', workers: 2, maxDelayMs: 5 });
    await using vae = await loadAutoencoder(remote(url));
    const batches = [1, 2, 5, 64, 200].map((count) => tinyItems(count));
    const results = await Promise.all(batches.map((items) => vae.encoder.embed(items)));
    for (const [i, { data }] of results.entries()) {
      const expected = [...tinyMeans(batches[i]!)].map((mean) => expect.closeTo(mean, 5));
      expect([...data]).toEqual(expected);
    }
  });

  test('waits for a server that has too much to do, as it asks for', async () => {
    const served = await serveTiny({ maxQueue: 1, maxDelayMs: 300, maxBatch: 1000 });
    const waiting = inferJson(served, { inputs: [inputOf(tinyItems(1))] });
    await untilWaiting(served.url, 1);
    const refused = await inferJson(served, { inputs: [inputOf(tinyItems(1))] });
    expect(refused).toEqual({
      status: 503,
      json: { error: expect.stringContaining('1 requests are waiting') },
    });
    await using vae = await loadAutoencoder(remote(served.url));
    expect((await vae.encoder.embed(tinyItems(1))).dims).toEqual([1, 2]);
    expect((await waiting).status).toBe(200);
  });
});

describe('a server that closes', () => {
  test('answers what it has accepted at once, takes nothing more, and can be closed again', async () => {
    const served = await serveTiny({ maxDelayMs: 60_000, maxBatch: 1000 });
    const items = tinyItems(40);
    const asked = Array.from({ length: 40 }, (_, i) =>
      inferJson(served, { inputs: [inputOf(items.subarray(4 * i, 4 * i + 4))] }),
    );
    await untilWaiting(served.url, 40);
    const closing = served.close();
    expect(served.close()).toBe(closing);
    const means = tinyMeans(items);
    for (const [i, { status, json }] of (await Promise.all(asked)).entries()) {
      const data = [...means.subarray(2 * i, 2 * i + 2)].map((mean) => expect.closeTo(mean, 5));
      expect([status, json]).toMatchObject([200, { outputs: [{ data }, {}] }]);
    }
    await closing;
    await expect(getJson(`${served.url}/v2`)).rejects.toThrow('fetch failed');
  });

  test('answers what was sent while its thread was busy, however long that took', async () => {
    const served = await serveTiny({ lingerMs: 10 });
    const sent = new Int32Array(new SharedArrayBuffer(4));
    const clients = new Worker(CLIENTS, {
      eval: true,
      workerData: { port: Number(new URL(served.url).port), sent },
    });
    const statuses = once(clients, 'message');
    await once(clients, 'online');
    // Nobody is heard meanwhile: all of them are with the system.
    Atomics.wait(sent, 0, 0);
    const closed = served.close();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    expect((await statuses)[0]).toEqual(Array.from({ length: 40 }, () => 'HTTP/1.1 503'));
    await closed;
  });

  test('waits for no connection over which nothing came, and for those that are at a request', async () => {
    const served = await serveTiny();
    const at = Number(new URL(served.url).port);
    const [silent, used, slow] = [connect(at), connect(at), connect(at)];
    for (const socket of [silent, used, slow]) socket.on('error', () => {});
    used.write('GET /v2 HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(used, 'data');
    slow.write('GET /v2/health/ready HTTP/1.1\r\nhost: ');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    const closed = served.close();
    await Promise.all([once(silent.resume(), 'close'), once(used.resume(), 'close')]);
    slow.write('x\r\n\r\n');
    const [answer] = await once(slow, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 503/);
    await closed;
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('cuts a connection that came last and says nothing', async () => {
    const served = await serveTiny({ graceMs: 0, lingerMs: 200 });
    const start = performance.now();
    const closed = served.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const silent = connect(Number(new URL(served.url).port), '127.0.0.1');
    silent.on('error', () => {});
    await Promise.all([once(silent, 'close'), closed]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('cuts connections that are still busy when its time is up', async () => {
    const served = await serveTiny({ graceMs: 50 });
    const slow = fetch(`${served.url}/v2/models/tiny-encoder/infer`, {
      method: 'POST',
      body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
      duplex: 'half',
    } as RequestInit);
    slow.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    await served.close();
    expect(performance.now() - start).toBeLessThan(5000);
    await expect(slow).rejects.toThrow();
  });
});
