import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LoadOptions, type LoadProgress, loadAutoencoder, loadEncoder } from '@latentkit/node';
import { cardFile, sha256, tinyItems, tinyMeans, tinyModel } from '../fixtures/tiny-model.ts';
import { serveModel } from './model-server.ts';

/** Files of some hundred kilobytes, so that a download has a middle. */
const { files, card } = tinyModel({ side: 28, hidden: 100 });
const encoderHash = sha256(files['encoder.onnx'] as Uint8Array);

let root: string;
let cacheDir: string;
let server: Awaited<ReturnType<typeof serveModel>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-http-'));
  cacheDir = join(root, 'cache');
  server = await serveModel({ ...files });
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

const load = (options: LoadOptions = {}) => loadAutoencoder(server.url, { cacheDir, ...options });
const rowsAreRight = async (source: string | URL, options: LoadOptions = {}) => {
  await using encoder = await loadEncoder(source, { cacheDir, ...options });
  const items = tinyItems(2, 28);
  const { data } = await encoder.embed(items);
  const expected = tinyMeans(items, { side: 28, hidden: 100 });
  data.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-4);
  });
};
const listed = (folder: string) => readdir(join(cacheDir, folder)).catch(() => []);

describe('loading from the web', () => {
  test('fetches each file once and then only the card', async () => {
    await rowsAreRight(server.url);
    expect(server.requests.map(({ file }) => file)).toEqual(['model.json', 'encoder.onnx']);
    await rowsAreRight(new URL(`${server.url}/model.json?token=secret`));
    expect(server.requests.slice(2).map(({ file }) => file)).toEqual(['model.json']);
    expect(await listed('files')).toEqual([encoderHash]);
    expect(await listed('partial')).toEqual([]);
  });

  test('tells the progress of each file up to its size', async () => {
    const progress: LoadProgress[] = [];
    await (await load({ onProgress: (step) => progress.push(step) })).dispose();
    for (const file of ['encoder.onnx', 'decoder.onnx']) {
      const steps = progress.filter((step) => step.file === file);
      const size = files[file]?.length;
      expect(steps.at(-1)).toEqual({ file, loaded: size, total: size });
    }
  });

  test('offline uses the cache alone, and says what it lacks', async () => {
    await expect(load({ offline: true })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/model.json is not in the cache.*offline/),
    });
    await rowsAreRight(server.url);
    const asked = server.requests.length;
    await rowsAreRight(server.url, { offline: true });
    await expect(load({ offline: true })).rejects.toThrow(/decoder.onnx is not in the cache/);
    expect(server.requests).toHaveLength(asked);
  });

  test('a file damaged in the cache is fetched again', async () => {
    await rowsAreRight(server.url);
    const path = join(cacheDir, 'files', encoderHash);
    const bytes = await readFile(path);
    bytes[1000] = (bytes[1000] as number) ^ 1;
    await writeFile(path, bytes);
    await expect(loadEncoder(server.url, { cacheDir, offline: true })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/encoder\.onnx is damaged in the cache, and offline: true/),
    });
    expect(await readFile(path)).toEqual(bytes);
    await rowsAreRight(server.url);
    expect(sha256(await readFile(path))).toBe(encoderHash);
  });
});

describe('a connection that breaks', () => {
  test('is resumed where it stopped', async () => {
    server.state.misbehave = server.cutAfter(100_000, 2);
    await rowsAreRight(server.url);
    const [first, second, third, ...more] = server.requests
      .filter(({ file }) => file === 'encoder.onnx')
      .map(({ from }) => from) as [number, number, number];
    expect([first, more]).toEqual([0, []]);
    // What was sent but not read when the connection broke is lost with it.
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(100_000);
    expect(third).toBeGreaterThanOrEqual(second);
    expect(third).toBeLessThanOrEqual(second + 100_000);
  });

  test('starts anew with a server that knows no ranges', async () => {
    server.state.misbehave = server.cutAfter(100_000);
    server.state.ranges = false;
    await rowsAreRight(server.url);
  });

  test('is given up after some tries; the next load goes on from there', async () => {
    server.state.misbehave = server.cutAfter(50_000, 3);
    await expect(loadEncoder(server.url, { cacheDir })).rejects.toMatchObject({ code: 'network' });
    expect(await listed('files')).toEqual([]);
    expect(await listed('partial')).toEqual([`${encoderHash}.part`]);
    const { size: from } = await stat(join(cacheDir, 'partial', `${encoderHash}.part`));
    expect(from).toBeGreaterThan(0);
    server.state.misbehave = undefined;
    await rowsAreRight(server.url);
    expect(server.requests.at(-1)).toEqual({ file: 'encoder.onnx', from });
    expect(await listed('partial')).toEqual([]);
  });

  test('what was kept counts for nothing if it does not fit', async () => {
    await mkdir(join(cacheDir, 'partial'), { recursive: true });
    const wrong = new Uint8Array(60_000).fill(7);
    await writeFile(join(cacheDir, 'partial', `${encoderHash}.part`), wrong);
    await rowsAreRight(server.url);
    expect(server.requests.slice(-2).map(({ from }) => from)).toEqual([60_000, 0]);
  });

  test('a server that stops sending is a network error, not a hang', async () => {
    server.state.misbehave = ({ file }, response) => {
      if (file === 'model.json') return false;
      response.writeHead(200, { 'content-length': 1000 }).write('x');
      return true;
    };
    const { httpSource } = await import('../../packages/node/src/sources/http-source.ts');
    const source = httpSource(new URL(server.url), {
      cacheDir,
      offline: false,
      maxBytes: 1e9,
      fetch,
      stallMs: 50,
    });
    const expected = card.graphs.encoder.files.fp32;
    await expect(source.read('encoder.onnx', { expected })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('nothing came for 0.05 seconds'),
    });
  });

  test('an abort stops the download at once and keeps what has come', async () => {
    server.state.misbehave = ({ file }, response) => {
      if (file === 'model.json') return false;
      const bytes = files[file] as Uint8Array;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 70_000));
      return true;
    };
    const controller = new AbortController();
    const loading = loadEncoder(server.url, {
      cacheDir,
      signal: controller.signal,
      onProgress: ({ loaded }) => {
        if (loaded === 70_000) controller.abort();
      },
    });
    await expect(loading).rejects.toMatchObject({ code: 'aborted' });
    expect(await listed('partial')).toEqual([`${encoderHash}.part`]);
    const late = loadEncoder(server.url, { cacheDir, signal: AbortSignal.timeout(50) });
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('a server that lies', () => {
  test.each<[string, Uint8Array]>([
    ['altered bytes', (files['encoder.onnx'] as Uint8Array).map((byte, i) => (i === 9 ? 0 : byte))],
    ['more bytes', new Uint8Array((files['encoder.onnx'] as Uint8Array).length + 1)],
  ])('%s are refused and not kept', async (_, bytes) => {
    server.files['encoder.onnx'] = bytes;
    await expect(load()).rejects.toMatchObject({ code: 'integrity', file: 'encoder.onnx' });
    for (const folder of ['files', 'partial']) {
      expect((await listed(folder)).filter((name) => name.startsWith(encoderHash))).toEqual([]);
    }
    server.files['encoder.onnx'] = files['encoder.onnx'] as Uint8Array;
    await rowsAreRight(server.url);
  });

  test.each<[string, Record<string, string | number>, string]>([
    ['in chunks', {}, '16 bytes from the server'],
    ['of a length', { 'content-length': 16 }, '16 bytes from the server'],
    [
      'until the connection ends, by its name',
      { connection: 'close', 'transfer-encoding': '', 'content-type': 'text/html; charset=utf-8' },
      "16 bytes from the server, which calls them 'text/html': a web page in the place",
    ],
    [
      'in chunks, by its name',
      { 'content-type': 'text/html' },
      "16 bytes from the server, which calls them 'text/html': a web page in the place",
    ],
  ])('a page %s is told for what it is, and not kept', async (_, headers, received) => {
    server.state.misbehave = ({ file }, response) => {
      if (file === 'model.json') return false;
      if (headers['transfer-encoding'] === '') response.useChunkedEncodingByDefault = false;
      const { 'transfer-encoding': none, ...sent } = headers;
      response.writeHead(200, sent);
      response.write('<!doctype html>\n');
      response.end();
      return true;
    };
    const size = files['encoder.onnx']?.length;
    await expect(loadEncoder(server.url, { cacheDir })).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining(`expected ${size} bytes, received ${received}`),
    });
    expect(await listed('partial')).toEqual([]);
  });

  test('a card that names a file outside its folder reaches nothing', async () => {
    const graphs = structuredClone(card.graphs);
    graphs.encoder.files.fp32.file = '../../secret';
    Object.assign(server.files, cardFile({ ...card, graphs }));
    await expect(load()).rejects.toMatchObject({ code: 'invalid-card' });
    expect(server.requests.map(({ file }) => file)).toEqual(['model.json']);
  });

  test('a card that never ends is refused at a limit', async () => {
    server.state.misbehave = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write(new Uint8Array(2 ** 20)));
      };
      response.on('drain', more);
      more();
      return true;
    };
    await expect(load()).rejects.toMatchObject({ code: 'too-large' });
  });
});

describe('refused with a typed error', () => {
  test.each<[string, number, string]>([
    ['a model that is not there', 404, 'not-found'],
    ['a model without access', 403, 'not-found'],
    ['a server that is broken', 500, 'network'],
  ])('%s', async (_, status, code) => {
    server.state.misbehave = (_request, response) => {
      response.writeHead(status).end();
      return true;
    };
    await expect(load()).rejects.toMatchObject({ code });
  });

  test('a server that is not there, a file over the limit, another protocol', async () => {
    await expect(load({ maxBytes: 1000 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(loadAutoencoder('http://127.0.0.1:1/', { cacheDir })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('that the server runs'),
    });
    await expect(loadAutoencoder('ftp://example.com/m')).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('a process killed during a download', () => {
  test('leaves nothing that a later start trusts, and what it had is resumed', async () => {
    server.state.misbehave = ({ file, from }, response) => {
      if (file === 'model.json' || from > 0) return false;
      const bytes = files[file] as Uint8Array;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 80_000));
      return true;
    };
    const script = `
      import { loadEncoder } from '@latentkit/node';
      await loadEncoder(${JSON.stringify(server.url)}, {
        cacheDir: ${JSON.stringify(cacheDir)},
        onProgress: ({ loaded }) => loaded >= 80_000 && console.log('half'),
      });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await listed('files')).toEqual([]);
    const [left = ''] = await listed('partial');
    expect(left).toMatch(new RegExp(`^${encoderHash}\\.[0-9a-f]{8}\\.${child.pid}\\..*\\.part$`));
    await expect(loadEncoder(server.url, { cacheDir, offline: true })).rejects.toMatchObject({
      code: 'not-found',
    });
    await rowsAreRight(server.url);
    expect(server.requests.at(-1)).toEqual({ file: 'encoder.onnx', from: 80_000 });
    expect(await listed('partial')).toEqual([]);
  });
});
