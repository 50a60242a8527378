import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { readItems } from '@latentkit/data';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { loadDataset } from './load-dataset.ts';

const NAMES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;

function idx(dims: number[], fill: (i: number) => number): Buffer {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const bytes = Buffer.alloc(4 + 4 * dims.length + size);
  bytes.writeUInt32BE(0x0800 | dims.length, 0);
  for (const [axis, dim] of dims.entries()) bytes.writeUInt32BE(dim, 4 + 4 * axis);
  for (let i = 0; i < size; i++) bytes[4 + 4 * dims.length + i] = fill(i);
  return bytes;
}

function folderWith(changes: Partial<Record<keyof typeof NAMES, Buffer | null>> = {}): string {
  const folder = join(temporaryFolder(), 'mnist');
  mkdirSync(folder);
  const files: Record<keyof typeof NAMES, Buffer | null> = {
    trainImages: gzipSync(idx([6, 28, 28], (i) => i % 256)),
    trainLabels: idx([6], (i) => i),
    testImages: idx([3, 28, 28], () => 255),
    testLabels: gzipSync(idx([3], (i) => 9 - i)),
    ...changes,
  };
  for (const [key, bytes] of Object.entries(files)) {
    if (!bytes) continue;
    const gz = bytes[0] === 0x1f ? '.gz' : '';
    writeFileSync(join(folder, `${NAMES[key as keyof typeof NAMES]}${gz}`), bytes);
  }
  return folder;
}

describe('loadDataset mnist', () => {
  afterEach(() => {
    delete process.env['LATENTKIT_MNIST_DIR'];
  });
  afterAll(removeTemporaryFolders);

  test('reads plain and gzipped files and scales pixels to [0, 1]', async () => {
    const data = await loadDataset({ name: 'mnist', dataDir: folderWith() });
    expect(data.train.count).toBe(6);
    expect(readItems(data.train)[300]).toBeCloseTo((300 % 256) / 255, 6);
    expect([...data.train.labels]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(readItems(data.test).every((value) => value === 1)).toBe(true);
    expect([...data.test.labels]).toEqual([9, 8, 7]);
    expect(data.provenance).toMatch(/train-images-idx3-ubyte [0-9a-f]{16}/);
  });

  test('takes the first so many items, and the folder from the environment', async () => {
    process.env['LATENTKIT_MNIST_DIR'] = folderWith();
    const data = await loadDataset({ name: 'mnist', trainCount: 2, testCount: 1 });
    expect(data.train.images).toHaveLength(2 * 784);
    expect(data.train.labels).toHaveLength(2);
    expect(data.test.count).toBe(1);
  });

  const bad: [string, Parameters<typeof folderWith>[0], string, RegExp][] = [
    [
      'a label file of another length',
      { trainLabels: idx([5], (i) => i) },
      'invalid-data',
      /5 labels.*6 images/,
    ],
    ['a label that is none', { testLabels: idx([3], () => 10) }, 'invalid-data', /label 0 is 10/],
    [
      'images of another size',
      { testImages: idx([3, 32, 32], () => 0) },
      'invalid-data',
      /3 × 32 × 32/,
    ],
    ['no images', { trainImages: idx([0, 28, 28], () => 0) }, 'invalid-data', /28 × 28/],
    [
      'labels where images should be',
      { trainImages: idx([6], (i) => i) },
      'invalid-data',
      /holds 6 values/,
    ],
    [
      'a truncated file',
      { trainImages: idx([6, 28, 28], () => 0).subarray(0, 900) },
      'invalid-data',
      /cut short/,
    ],
    ['a missing file', { testLabels: null }, 'not-found', /no t10k-labels-idx1-ubyte/],
  ];
  test.each(bad)('refuses %s', async (_, changes, code, message) => {
    const error = await errorOf(() => loadDataset({ name: 'mnist', dataDir: folderWith(changes) }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('a missing folder: says where to put the files', async () => {
    const { message } = await errorOf(() =>
      loadDataset({ name: 'mnist', dataDir: '/nowhere/at/all' }),
    );
    expect(message).toContain('/nowhere/at/all');
    expect(message).toContain('LATENTKIT_MNIST_DIR');
  });
});

describe('loadDataset', () => {
  test.each([
    [{ name: 'imagenet' as 'mnist' }, /'strokes', 'mnist', 'files', 'arrays', received 'imagenet'/],
    [{ name: 'strokes' as const, trainCount: 0 }, /training items/],
    [{ name: 'strokes' as const, testCount: 1.5 }, /test items/],
    [{ name: 'strokes' as const, seed: -1 }, /data seed/],
  ])('refuses %j', async (options, message) => {
    const error = await errorOf(() => loadDataset(options));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
  });

  test('an aborted signal stops it', async () => {
    const error = await errorOf(() =>
      loadDataset({ name: 'strokes', signal: AbortSignal.abort() }),
    );
    expect(error.code).toBe('aborted');
  });
});
