import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Encoder } from '@latentkit/core';
import { errorOf, picture, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { watchFiles } from './watch-files.ts';

afterAll(removeTemporaryFolders);

const encoder = {
  space: 'space',
  card: {
    name: 'fake',
    item: { shape: [2, 2, 1], layout: 'HWC', range: [0, 1] },
    preprocessing: { scale: 1 / 255, offset: 0 },
    latent: { kind: 'gaussian', size: 1 },
  },
  embed: async (items: Uint8Array) => ({ data: new Float32Array(items.length / 4) }),
} as unknown as Encoder;

test('files that come, change and go are followed, from an empty folder on', async () => {
  const folder = temporaryFolder();
  const controller = new AbortController();
  const changes = [
    async () => writeFile(join(folder, 'a.png'), await picture(1)),
    async () => writeFile(join(folder, 'b.png'), await picture(2)),
    async () => writeFile(join(folder, 'b.png'), await picture(3, { width: 30 })),
    async () => rm(join(folder, 'a.png')),
    async () => controller.abort(),
  ];
  const seen: string[] = [];
  const out = join(temporaryFolder(), 'vectors.npy');
  const options = { out, interval: 5, signal: controller.signal };
  const { code } = await errorOf(async () => {
    for await (const { report, fault } of watchFiles(encoder, folder, options)) {
      seen.push(report ? `${report.rows}, ${report.embedded} new` : (fault?.code ?? ''));
      await changes.shift()?.();
    }
  });
  expect(code).toBe('aborted');
  expect(seen).toEqual(['invalid-data', '1, 1 new', '2, 1 new', '2, 1 new', '1, 0 new']);
});

test('a source that goes away while it is read is waited for; another missing file is not', async () => {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'a.png'), await picture(1));
  const reading = (path: string) =>
    ({ ...encoder, embed: () => readFile(path) }) as unknown as Encoder;
  const next = async (path: string) => {
    const out = join(temporaryFolder(), 'vectors.npy');
    return (await watchFiles(reading(path), folder, { out }).next()).value?.fault;
  };
  const gone = join(folder, 'b.png');
  const fault = await next(gone);
  expect([fault?.code, fault?.message]).toEqual([
    'not-found',
    `${gone} went away while it was looked at.`,
  ]);
  await expect(next(`${folder}.of-another.onnx`)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('what watching cannot mend ends it', async () => {
  const watch = (options: object) =>
    errorOf(() => watchFiles(encoder, temporaryFolder(), options as never).next());
  expect((await watch({ out: 'x.bin' })).code).toBe('invalid-argument');
  expect((await watch({ out: 'x.npy', interval: 0 })).code).toBe('invalid-argument');
});
