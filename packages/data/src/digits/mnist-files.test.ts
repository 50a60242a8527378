import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { LoadProgress } from '@latentkit/core';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { MNIST_FILES, type MnistFile, readMnistFile } from './mnist-files.ts';

const contents = Buffer.from('the contents of a data file');
const archive = gzipSync(contents);
const file = {
  name: MNIST_FILES.testLabels.name,
  sha256: createHash('sha256').update(contents).digest('hex'),
} as unknown as MnistFile;

let server: Server | undefined;
let requests = 0;

async function serve(answer: RequestListener): Promise<void> {
  requests = 0;
  server = createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  process.env['LATENTKIT_MNIST_URL'] =
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

async function stop(): Promise<void> {
  const stopping = server;
  server = undefined;
  stopping?.closeAllConnections();
  if (stopping) await new Promise((resolve) => stopping.close(resolve));
}

describe('readMnistFile without a folder', () => {
  afterEach(async () => {
    await stop();
    delete process.env['LATENTKIT_MNIST_URL'];
  });
  afterAll(removeTemporaryFolders);

  test('downloads once, then reads from the cache without the network', async () => {
    const urls: (string | undefined)[] = [];
    await serve((request, response) => {
      urls.push(request.url);
      response.setHeader('content-length', archive.length);
      response.end(archive);
    });
    const cacheDir = temporaryFolder();
    const seen: LoadProgress[] = [];
    const first = await readMnistFile(file, { cacheDir, onProgress: (item) => seen.push(item) });
    expect(Buffer.from(first.bytes)).toEqual(archive);
    expect(urls).toEqual([`/x/${file.name}.gz`]);
    expect(seen.at(-1)).toEqual({ file: file.name, loaded: archive.length, total: archive.length });
    await stop();
    const second = await readMnistFile(file, { cacheDir });
    expect(Buffer.from(second.bytes)).toEqual(archive);
    expect(second.source).toBe(join(cacheDir, 'mnist', `${file.name}.gz`));
  });

  test('an altered file in the cache is fetched again', async () => {
    await serve((_, response) => void response.end(archive));
    const cacheDir = temporaryFolder();
    const { source } = await readMnistFile(file, { cacheDir });
    writeFileSync(source, archive.subarray(0, 20));
    const { bytes } = await readMnistFile(file, { cacheDir });
    expect(Buffer.from(bytes)).toEqual(archive);
    expect(requests).toBe(2);
    expect(readFileSync(source)).toEqual(archive);
  });

  const failures: [string, RequestListener, RegExp][] = [
    [
      'other contents',
      (_, response) => void response.end(gzipSync('another file')),
      /SHA-256 differs/,
    ],
    [
      'an error page',
      (_, response) => void response.writeHead(403).end('no'),
      /refused with status 403/,
    ],
    [
      'a connection that breaks off',
      (_, response) => {
        response.setHeader('content-length', 1000);
        response.write(archive.subarray(0, 10), () => response.destroy());
      },
      /127\.0\.0\.1/,
    ],
  ];
  test.each(failures)(
    '%s: nothing is kept, and the error says where to put the files',
    async (_, answer, message) => {
      await serve(answer);
      const cacheDir = temporaryFolder();
      const error = await errorOf(() => readMnistFile(file, { cacheDir }));
      expect(error.code).toBe('network');
      expect(error.message).toMatch(message);
      expect(error.message).toContain('LATENTKIT_MNIST_DIR');
      expect(
        existsSync(join(cacheDir, 'mnist')) ? readdirSync(join(cacheDir, 'mnist')) : [],
      ).toEqual([]);
    },
  );

  test('offline: the same error', async () => {
    process.env['LATENTKIT_MNIST_URL'] = 'http://127.0.0.1:9/';
    const error = await errorOf(() => readMnistFile(file, { cacheDir: temporaryFolder() }));
    expect(error.code).toBe('network');
    expect(error.message).toContain(`${file.name}.gz`);
  });

  test('a signal stops the download', async () => {
    const controller = new AbortController();
    await serve((_, response) => {
      response.write(archive.subarray(0, 5));
      setTimeout(() => controller.abort(), 20);
    });
    const call = () =>
      readMnistFile(file, { cacheDir: temporaryFolder(), signal: controller.signal });
    expect((await errorOf(call)).code).toBe('aborted');
  });
});
