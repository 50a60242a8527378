import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LoadOptions, loadEncoder } from '@latentkit/node';
import { request } from '@latentkit/system';
import { sha256, tinyItems, tinyModel } from '../fixtures/tiny-model.ts';
import { type ServedRequest, serveModel } from './model-server.ts';

const { files } = tinyModel({ side: 28, hidden: 100 });
const encoder = files['encoder.onnx'] as Uint8Array;
const hash = sha256(encoder);

let root: string;
let cacheDir: string;
let server: Awaited<ReturnType<typeof serveModel>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-http-hostile-'));
  cacheDir = join(root, 'cache');
  server = await serveModel({ ...files });
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

const use = async (options: LoadOptions = {}, url: string | URL = server.url) => {
  await using model = await loadEncoder(url, { cacheDir, ...options });
  return (await model.embed(tinyItems(1, 28))).dims;
};

describe('a request for the rest of a file, answered otherwise, is followed by one for the whole:', () => {
  const size = encoder.length;
  const ranged = (status: number, range: string | undefined, body: Uint8Array) => {
    return (response: ServerResponse) =>
      response.writeHead(status, range === undefined ? {} : { 'content-range': range }).end(body);
  };
  test.each<[string, (response: ServerResponse) => unknown]>([
    ['another range, from the start', ranged(206, `bytes 0-${size - 1}/${size}`, encoder)],
    [
      'another range, from later',
      ranged(206, `bytes 90000-${size - 1}/${size}`, encoder.subarray(90000)),
    ],
    ['a range of another file', ranged(206, `bytes 50000-50009/50010`, new Uint8Array(10))],
    ['no range', ranged(206, undefined, encoder)],
    ['ranges in parts', ranged(206, 'nonsense', encoder)],
    [
      'the right range, with other bytes',
      ranged(206, `bytes 50000-${size - 1}/${size}`, encoder.slice(0, size - 50000)),
    ],
    ['416', ranged(416, `bytes */${size}`, new Uint8Array())],
    ['400', ranged(400, undefined, new Uint8Array())],
    ['403', ranged(403, undefined, new Uint8Array())],
    ['404', ranged(404, undefined, new Uint8Array())],
    ['500, each time', ranged(500, undefined, new Uint8Array())],
    ['204', ranged(204, undefined, new Uint8Array())],
  ])('%s', async (_, answer) => {
    await mkdir(join(cacheDir, 'partial'), { recursive: true });
    await writeFile(join(cacheDir, 'partial', `${hash}.part`), encoder.subarray(0, 50_000));
    server.state.misbehave = ({ from }: ServedRequest, response) => {
      if (from === 0) return false;
      answer(response);
      return true;
    };
    await use();
    expect(await readdir(join(cacheDir, 'partial'))).toEqual([]);
    expect(await readdir(join(cacheDir, 'files'))).toEqual([hash]);
  });
});

describe('a server that crawls', () => {
  test('is given up, though it never falls silent', async () => {
    const drip = (_: unknown, response: ServerResponse) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    server.state.misbehave = drip;
    const floor = { bytesPerSecond: 10_000, windowMs: 200 };
    const url = new URL(`${server.url}/encoder.onnx`);
    const reading = request(url, { fetch, signal: undefined, floor }, async ({ body }) => {
      for await (const _ of body);
    });
    await expect(reading).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/it sent \d+ bytes a second, and less than 10000/),
    });
  });

  test('time that we take ourselves does not count', async () => {
    const floor = { bytesPerSecond: 1e6, windowMs: 100 };
    const url = new URL(`${server.url}/encoder.onnx`);
    await request(url, { fetch, signal: undefined, floor }, async ({ body }) => {
      for await (const _ of body) await new Promise((resolve) => setTimeout(resolve, 50));
    });
  });
});

describe('a name and password in the URL', () => {
  const SECRET = 'p%40ss-word';
  const withSecret = (url: string) => url.replace('http://', `http://me:${SECRET}@`);
  const authorizations: (string | undefined)[] = [];
  const watch: typeof fetch = (url, init) => {
    authorizations.push(new Headers(init?.headers).get('authorization') ?? undefined);
    return fetch(url, init);
  };

  test('are sent as a header', async () => {
    authorizations.length = 0;
    await use({ fetch: watch }, withSecret(server.url));
    expect(new Set(authorizations)).toEqual(
      new Set([`Basic ${Buffer.from('me:p@ss-word').toString('base64')}`]),
    );
  });

  test('are not sent on to another origin', async () => {
    const other = await serveModel({ ...files });
    const seen: (string | undefined)[] = [];
    other.state.misbehave = (_, response) => {
      seen.push(response.req.headers.authorization);
      return false;
    };
    server.state.misbehave = ({ file }, response) => {
      response.writeHead(302, { location: `${other.url}/${file}` }).end();
      return true;
    };
    await use({}, withSecret(server.url));
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([undefined]));
    await other.close();
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a server that refuses', () => use({}, withSecret(server.url.replace('/model', '/none')))],
    ['a server that is not there', () => use({}, withSecret('http://127.0.0.1:1/m'))],
    ['offline', () => use({ offline: true }, withSecret(server.url))],
    ['a limit', () => use({ maxBytes: 1 }, withSecret(server.url))],
    ['another protocol', () => use({}, `ftp://me:${SECRET}@host/m`)],
    ['a URL that is none', () => use({}, `http://me:${SECRET}@ho st/m`)],
    ['a port that is none', () => use({}, `http://me:${SECRET}@host:99999/m`)],
    [
      'a fetch of one’s own that tells all',
      () =>
        use(
          {
            fetch: (url) => Promise.reject(new Error(`request to ${url} failed for ${SECRET}`)),
          },
          withSecret(server.url),
        ),
    ],
  ])('are in no message and no cause: %s', async (_, load) => {
    const error = (await load().catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: expect.any(String) });
    expect(error.message).not.toMatch(/p%40ss|p@ss/);
    const url = (error.cause as { input?: string } | undefined)?.input;
    expect(url ?? '').not.toMatch(/p%40ss|p@ss/);
  });
});
