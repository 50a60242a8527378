import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readItems } from './items/packed-items.ts';
import { type LoadDataOptions, loadData } from './load-data.ts';
import {
  errorOf,
  folderOf,
  idx,
  npy,
  picture,
  pictures,
  pictureThatSays,
  removeTemporaryFolders,
  temporaryFolder,
  zip,
} from './testing.ts';

let cacheDir: string;
beforeAll(() => {
  cacheDir = temporaryFolder();
});
afterAll(removeTemporaryFolders);

const load = (path: string, options: Partial<LoadDataOptions> = {}) =>
  loadData({ path, cacheDir, ...options });
const count = ({ train, test: held, validation }: Awaited<ReturnType<typeof load>>) =>
  train.count + held.count + (validation?.count ?? 0);

describe('pictures', () => {
  test('a folder: size and colour found and said, values from 0 to 1, a tenth for testing', async () => {
    const folder = await folderOf(pictures(30, (i) => `sub/${i}.png`));
    const data = await load(folder);
    expect(data).toMatchObject({
      itemShape: [16, 16, 3],
      valueRange: [0, 1],
      labelNames: [],
      bad: [],
    });
    expect(data.notes.join()).toMatch(
      /16 × 16 \(height × width\): .*\. The pictures are in colour\.$/,
    );
    expect(data.preprocessing).toEqual({
      kernel: 'cubic',
      fit: 'cover',
      background: [255, 255, 255],
    });
    expect(count(data)).toBe(30);
    expect(data.test.count).toBeGreaterThan(0);
    const values = readItems(data.train);
    expect(values).toHaveLength(data.train.count * 768);
    expect([Math.min(...values), Math.max(...values)].every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  test('each item is the picture that its label says, whatever part it is in', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`${i % 3}/${i}.png`, picture(i, { channels: 1 })]),
    );
    const data = await load(await folderOf(files));
    expect(data.labelNames).toEqual(['0', '1', '2']);
    expect(data.itemShape).toEqual([16, 16, 1]);
    for (const split of [data.train, data.test]) {
      for (let i = 0; i < split.count; i++) {
        // The first value of `picture(seed)` is seed · 53 modulo 256.
        const first = Math.round(255 * (readItems(split, i, i + 1)[0] as number));
        const seed = Array.from({ length: 12 }, (_, s) => s).find((s) => (s * 53) % 256 === first);
        expect((seed as number) % 3).toBe(split.labels[i]);
      }
    }
  });

  test('48 × 24 in colour, grey 32 × 32, and what is asked for', async () => {
    const oblong = await folderOf(pictures(6, (i) => `${i}.png`, { width: 48, height: 24 }));
    expect((await load(oblong)).itemShape).toEqual([24, 48, 3]);
    expect((await load(oblong, { image: [32, 32], colour: 'grey' })).itemShape).toEqual([
      32, 32, 1,
    ]);
    const grey = await folderOf(
      pictures(6, (i) => `${i}.png`, { width: 32, height: 32, channels: 1 }),
    );
    expect((await load(grey)).itemShape).toEqual([32, 32, 1]);
    expect((await load(grey, { colour: 'rgb' })).itemShape).toEqual([32, 32, 3]);
  });

  test('sizes that differ: no larger than half of the pictures, in fours', async () => {
    const folder = await folderOf({
      'a.png': picture(1, { width: 51, height: 40 }),
      'b.png': picture(2, { width: 47, height: 90 }),
      'c.png': picture(3, { width: 300, height: 200 }),
    });
    expect((await load(folder)).itemShape).toEqual([44, 44, 3]);
  });

  test('a glob, a list, a table, a zip and a tar give the same items as their folder', async () => {
    const files = pictures(8, (i) => `set/${i}.png`);
    const folder = await folderOf({ ...files, 'set/notes.md': 'not a picture' });
    const names = Object.keys(files);
    const entries = await Promise.all(
      names.map(async (name) => [name, await files[name]] as const),
    );
    await writeFile(join(folder, 'list.txt'), `# all\n${names.join('\n')}\n`);
    await writeFile(
      join(folder, 'list.csv'),
      `file,label\n${names.map((n, i) => `${n},${i % 2}`).join('\n')}\n`,
    );
    await writeFile(join(folder, 'all.zip'), zip(entries as [string, Buffer][]));
    for (const [name, flags] of [
      ['all.tar', '-cf'],
      ['all.tar.gz', '-czf'],
    ] as const) {
      expect(spawnSync('tar', [flags, name, 'set'], { cwd: folder }).status).toBe(0);
    }
    const all = (data: Awaited<ReturnType<typeof load>>) =>
      [data.train, data.test]
        .flatMap((split) =>
          Array.from({ length: split.count }, (_, i) =>
            readItems(split, i, i + 1)
              .slice(0, 30)
              .join(),
          ),
        )
        .sort();
    const expected = all(await load(join(folder, 'set')));
    for (const name of ['set/*.png', 'list.txt', 'list.csv', 'all.zip', 'all.tar', 'all.tar.gz']) {
      expect([name, all(await load(join(folder, name)))]).toEqual([name, expected]);
    }
    expect((await load(join(folder, 'list.csv'))).labelNames).toEqual(['0', '1']);
  });

  test('a table beside the pictures: labels, parts and numbers as factors', async () => {
    const rows = Array.from(
      { length: 6 },
      (_, i) => `${i}.png,${'ab'[i % 2]},${i < 4 ? 'train' : 'test'},${i / 2},x`,
    );
    const folder = await folderOf({
      ...pictures(6, (i) => `${i}.png`),
      'labels.csv': `file,label,split,size,remark\n${rows.join('\n')}\n`,
    });
    const data = await load(folder);
    expect(data.labelNames).toEqual(['a', 'b']);
    expect([data.train.count, data.test.count]).toEqual([4, 2]);
    expect([...data.train.labels]).toEqual([0, 1, 0, 1]);
    expect(data.test.factors).toEqual({ names: ['size'], values: Float32Array.of(2, 2.5) });
  });

  test('folders train, validation and test are the parts, labels within them', async () => {
    const folder = await folderOf({
      ...pictures(4, (i) => `train/${i % 2 ? 'cat' : 'dog'}/${i}.png`),
      ...pictures(2, (i) => `val/${i % 2 ? 'cat' : 'dog'}/${i}.png`),
      ...pictures(2, (i) => `test/${i % 2 ? 'cat' : 'dog'}/${i}.png`),
    });
    const data = await load(folder);
    expect([data.train.count, data.validation?.count, data.test.count]).toEqual([4, 2, 2]);
    expect(data.labelNames).toEqual(['cat', 'dog']);
  });

  test('pictures of one thing are on one side of the split', async () => {
    const folder = await folderOf(pictures(60, (i) => `${i % 20}-${Math.floor(i / 20)}.png`));
    const options = { testShare: 0.3, validationShare: 0.2, group: '^([0-9]+)-' };
    const { train, validation, test } = await load(folder, options);
    const counts = [train.count, validation?.count ?? 0, test.count];
    expect(counts.every((count) => count > 0 && count % 3 === 0)).toBe(true);
    expect(counts.reduce((sum, count) => sum + count)).toBe(60);
  });

  test('from a file, where memory is short, come the same values', async () => {
    const folder = await folderOf(pictures(10, (i) => `${i}.png`));
    const [held, lying] = [await load(folder), await load(folder, { memory: 0 })];
    expect(lying.train.images).toMatchObject({ store: { kind: 'file' } });
    expect(held.train.images).toMatchObject({ store: { kind: 'memory' } });
    expect(readItems(lying.train)).toEqual(readItems(held.train));
  });
});

describe('arrays', () => {
  const values = Uint8Array.from({ length: 10 * 32 * 32 }, (_, i) => (i * 7) % 256);
  const labels = Uint8Array.from({ length: 10 }, (_, i) => i % 3);

  test('an IDX file of 32 × 32, with its labels beside it', async () => {
    const folder = await folderOf({
      'my-images-idx3-ubyte': idx([10, 32, 32], values),
      'my-labels-idx1-ubyte': idx([10], labels),
    });
    const data = await load(join(folder, 'my-images-idx3-ubyte'));
    expect(data).toMatchObject({ itemShape: [32, 32, 1], labelNames: ['0', '1', '2'] });
    expect(count(data)).toBe(10);
  });

  test('a folder of IDX files, gzipped, in two parts', async () => {
    const folder = await folderOf({
      'train-images-idx3-ubyte.gz': gzipSync(idx([10, 32, 32], values)),
      'train-labels-idx1-ubyte.gz': gzipSync(idx([10], labels)),
      't10k-images-idx3-ubyte.gz': gzipSync(idx([2, 32, 32], values.subarray(0, 2048))),
      't10k-labels-idx1-ubyte.gz': gzipSync(idx([2], labels.subarray(0, 2))),
    });
    const data = await load(folder);
    expect([data.train.count, data.test.count]).toEqual([10, 2]);
    expect(readItems(data.train, 0, 1)[1]).toBe(Math.fround(7 / 255));
  });

  test('an .npy of bytes, one of floats, an .npz with labels and parts', async () => {
    const floats = Float32Array.from(values.subarray(0, 6 * 4 * 5 * 3), (v) => v / 127.5 - 1);
    const folder = await folderOf({
      'bytes.npy': npy('|u1', [10, 32, 32], values),
      'floats.npy': npy('<f4', [6, 4, 5, 3], new Uint8Array(floats.buffer)),
      'parts.npz': zip([
        ['x_train.npy', npy('|u1', [8, 32, 32], values.subarray(0, 8 * 1024))],
        ['y_train.npy', npy('|u1', [8], labels.subarray(0, 8))],
        ['x_test.npy', npy('|u1', [2, 32, 32], values.subarray(0, 2 * 1024))],
        ['y_test.npy', npy('|u1', [2], labels.subarray(0, 2))],
      ]),
    });
    expect(await load(join(folder, 'bytes.npy'))).toMatchObject({ itemShape: [32, 32, 1] });
    const signed = await load(join(folder, 'floats.npy'));
    expect(signed).toMatchObject({ itemShape: [4, 5, 3], valueRange: [-1, 1] });
    const parts = await load(join(folder, 'parts.npz'));
    expect([parts.train.count, parts.test.count, parts.labelNames.length]).toEqual([8, 2, 3]);
  });
});

test('pictures of a folder train or test alone are divided, and keep their labels, as in a zip', async () => {
  for (const part of ['train', 'test']) {
    const files = pictures(40, (i) => `${part}/${i % 2 ? 'cat' : 'dog'}/${i}.png`);
    const folder = await folderOf(files);
    const entries = await Promise.all(
      Object.entries(files).map(async ([name, file]) => [name, await file] as const),
    );
    await writeFile(join(folder, 'all.zip'), zip(entries));
    for (const path of [folder, join(folder, 'all.zip')]) {
      const data = await load(path, { testShare: 0.4, validationShare: 0.2 });
      expect(data.labelNames).toEqual(['cat', 'dog']);
      expect(data.test.count).toBeGreaterThan(5);
      expect(data.validation?.count).toBeGreaterThan(0);
    }
  }
});

test('a data set is another one with other labels, names or parts', async () => {
  const files = pictures(12, (i) => `${i}.png`);
  const table = (label: (i: number) => string) =>
    `file,label\n${Array.from({ length: 12 }, (_, i) => `${i}.png,${label(i)}`).join('\n')}\n`;
  const folder = await folderOf({ ...files, 'labels.csv': table((i) => `${i % 2}`) });
  const first = (await load(folder)).provenance;
  expect((await load(folder)).provenance).toBe(first);
  const split = (await load(folder, { testShare: 0.5 })).provenance;
  await writeFile(
    join(folder, 'labels.csv'),
    table((i) => `${i % 3}`),
  );
  const labels = (await load(folder)).provenance;
  expect(new Set([first, split, labels]).size).toBe(3);
});

describe('what is wrong is said', () => {
  const broken: [string, () => Promise<string>, string, RegExp][] = [
    [
      'nothing there',
      async () => join(temporaryFolder(), 'none'),
      'not-found',
      /There is no .*none/,
    ],
    ['an empty folder', async () => temporaryFolder(), 'invalid-data', /no pictures in/],
    [
      'no pictures',
      () => folderOf({ 'a.txt': 'x', 'b.md': 'y' }),
      'invalid-data',
      /only 2 other files/,
    ],
    ['no picture', () => folderOf({ 'a.txt': 'x' }), 'invalid-data', /only 1 other file\./],
    [
      'a text file named .png',
      () => folderOf({ 'a.png': 'hello', ...pictures(9, (i) => `x${i}.png`) }),
      'invalid-data',
      /1 of 10 pictures[\s\S]*a\.png: it is no picture/,
    ],
    [
      'pictures of 1 × 1',
      () => folderOf(pictures(4, (i) => `${i}.png`, { width: 1, height: 1 })),
      'invalid-data',
      /single pixel/,
    ],
    [
      '30,000 × 30,000',
      async () => {
        const huge = await pictureThatSays(30_000);
        return folderOf({ 'huge.png': huge, ...pictures(3, (i) => `${i}.png`) });
      },
      'invalid-data',
      /huge\.png: it has more than 268 million pixels/,
    ],
    ['one picture', () => folderOf(pictures(1, () => 'a.png')), 'invalid-data', /a single picture/],
    [
      'labels for half',
      () =>
        folderOf({
          ...pictures(4, (i) => `${i}.png`),
          'labels.csv': 'file,label\n0.png,a\n1.png,b\n',
        }),
      'invalid-data',
      /Of 4 pictures 2 have no row: 2\.png, 3\.png/,
    ],
    [
      'labels for what is not there',
      () =>
        folderOf({
          ...pictures(2, (i) => `${i}.png`),
          'labels.csv': 'file,label\n0.png,a\n1.png,b\nzz.png,c\n',
        }),
      'invalid-data',
      /1 name no picture: zz\.png/,
    ],
    [
      'a row twice',
      () =>
        folderOf({
          ...pictures(2, (i) => `${i}.png`),
          'labels.csv': 'file,label\n0.png,a\n0.png,b\n',
        }),
      'invalid-data',
      /0\.png stands in lines 2 and 3/,
    ],
    [
      'a table without files',
      () => folderOf({ ...pictures(2, (i) => `${i}.png`), 'labels.csv': 'a,b\n1,2\n' }),
      'invalid-data',
      /must name a column 'file'/,
    ],
    [
      'a name twice in a zip',
      async () => {
        const folder = temporaryFolder();
        const one = await picture(1);
        await writeFile(
          join(folder, 'a.zip'),
          zip([
            ['a.png', one],
            ['a.png', one],
          ]),
        );
        return join(folder, 'a.zip');
      },
      'invalid-data',
      /a\.png more than once/,
    ],
    [
      'a cut zip',
      async () =>
        join(
          await folderOf({ 'a.zip': zip([['a.png', await picture(1)]]).subarray(0, 90) }),
          'a.zip',
        ),
      'invalid-data',
      /no whole zip/,
    ],
    [
      'a tar that is none',
      async () => join(await folderOf({ 'a.tar': Buffer.alloc(2000, 7) }), 'a.tar'),
      'invalid-data',
      /no whole tar/,
    ],
    [
      'a name twice in a list',
      async () =>
        join(
          await folderOf({ ...pictures(2, (i) => `${i}.png`), 'l.txt': '0.png\n./0.png\n' }),
          'l.txt',
        ),
      'invalid-data',
      /0\.png more than once/,
    ],
    [
      'another file',
      async () => join(await folderOf({ 'a.pdf': 'x' }), 'a.pdf'),
      'invalid-data',
      /no known kind/,
    ],
    [
      'an .npz without pictures',
      async () =>
        join(
          await folderOf({
            'a.npz': zip([
              ['w.npy', npy('|u1', [3], new Uint8Array(3))],
              ['v.npy', npy('|u1', [3], new Uint8Array(3))],
            ]),
          }),
          'a.npz',
        ),
      'invalid-data',
      /holds w, v; an array 'images'/,
    ],
    [
      'an .npy in Fortran order',
      async () => {
        const bytes = npy('|u1', [2, 4, 4], new Uint8Array(32));
        return join(
          await folderOf({
            'a.npy': Buffer.from(bytes.toString('latin1').replace('False', 'True '), 'latin1'),
          }),
          'a.npy',
        );
      },
      'invalid-data',
      /ascontiguousarray/,
    ],
    [
      'an .npy that was cut',
      async () =>
        join(await folderOf({ 'a.npy': npy('<f4', [2, 4, 4], new Uint8Array(100)) }), 'a.npy'),
      'invalid-data',
      /need 128 bytes, it holds 100/,
    ],
  ];
  test.each(broken)('%s', async (_, make, code, message) => {
    const error = await errorOf(async () => load(await make()));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test('a few bad pictures are listed and left out; all others come', async () => {
    const folder = await folderOf({ 'bad.png': 'text', ...pictures(9, (i) => `${i}.png`) });
    const data = await load(folder, { maxBad: 0.1 });
    expect(data.bad).toMatchObject([
      { id: 'bad.png', reason: expect.stringMatching(/no picture/) },
    ]);
    expect(count(data)).toBe(9);
    // From the prepared file the same is known, and the same is refused.
    expect((await load(folder, { maxBad: 0.1 })).bad).toHaveLength(1);
    expect((await errorOf(() => load(folder))).message).toMatch(/10 %; at most 1 %/);
  });

  test('links in a circle, and into nothing, are passed over and said', async () => {
    const folder = await folderOf(pictures(4, (i) => `a/${i}.png`));
    await symlink(folder, join(folder, 'a', 'up'));
    await symlink(join(folder, 'nowhere'), join(folder, 'gone.png'));
    const data = await load(folder);
    expect(count(data)).toBe(4);
    expect(data.bad.map(({ id }) => id).sort()).toEqual(['a/up', 'gone.png']);
  });

  test.each<[Partial<LoadDataOptions>, RegExp]>([
    [{ image: [0, 4] }, /image size/],
    [{ image: [4.5, 4] }, /image size/],
    [{ colour: 'rgba' as 'rgb' }, /colour: expected 'rgb' or 'grey'/],
    [{ fit: 'inside' as 'fill' }, /fit/],
    [{ background: 'blau' }, /background/],
    [{ testShare: 1 }, /share of test items/],
    [{ maxBad: 2 }, /share of bad pictures/],
    [{ validationShare: 0.95 }, /share of validation items.*beside those for testing/],
    [{ group: '[' }, /group: expected a regular expression/],
    [{ memory: Number.NaN }, /memory/],
    [{ path: '' }, /path: expected the path of a folder, an archive or a file, received ''/],
    [{ imag: [4, 4] } as object, /options: expected 'image' or .*, received 'imag'/],
  ])('options %j', async (options, message) => {
    const folder = await folderOf(pictures(2, (i) => `${i}.png`));
    const error = await errorOf(() => load(folder, options));
    expect([error.code, error.message]).toEqual([
      'invalid-argument',
      expect.stringMatching(message),
    ]);
  });
});

test('the prepared file is named after what went in: a changed picture is noticed', async () => {
  const own = temporaryFolder();
  const folder = await folderOf(pictures(4, (i) => `${i}.png`));
  const prepared = () => readdirSync(own).filter((name) => name.endsWith('.bin'));
  await load(folder, { cacheDir: own });
  const [first] = prepared();
  await load(folder, { cacheDir: own });
  expect(prepared()).toEqual([first]);
  await writeFile(join(folder, '0.png'), await picture(99));
  await load(folder, { cacheDir: own });
  expect(prepared()).toHaveLength(2);
  expect(
    readdirSync(own)
      .map((name) => basename(name))
      .filter((name) => name.includes('part')),
  ).toEqual([]);
});
