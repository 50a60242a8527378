import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readItems } from './items/packed-items.ts';
import { loadData } from './load-data.ts';
import { errorOf, folderOf, idx, npy, removeTemporaryFolders, zip } from './testing.ts';

afterAll(removeTemporaryFolders);

const load = (path: string, options: Omit<Parameters<typeof loadData>[0], 'path'> = {}) =>
  loadData({ path, ...options });

describe('arrays of every kind', () => {
  const bytes = Uint8Array.from({ length: 10 * 4 * 4 }, (_, i) => (i * 7) % 256);
  const labels = Uint8Array.from({ length: 10 }, (_, i) => i % 3);
  const images = npy('|u1', [10, 4, 4], bytes);
  const known = npy('|u1', [10], labels);
  const npz = async (files: Readonly<Record<string, Uint8Array>>) => {
    const members = Object.entries(files).map(([name, file]) => [`${name}.npy`, file] as const);
    return join(await folderOf({ 'a.npz': zip(members) }), 'a.npz');
  };

  test('yes and no are white and black, and classes of labels', async () => {
    const flags = bytes.map((value) => Number(value > 127));
    const data = await load(
      await npz({
        images: npy('|b1', [10, 4, 4], flags),
        labels: npy('|b1', [10], labels.map(Math.sign)),
      }),
    );
    expect(data).toMatchObject({ valueRange: [0, 1], labelNames: ['0', '1'] });
    expect(new Set(readItems(data.train))).toEqual(new Set([0, 1]));
  });

  test('int8 and uint64 are read', async () => {
    const wide = BigUint64Array.from(bytes, BigInt);
    const folder = await folderOf({
      'wide.npy': npy('<u8', [10, 4, 4], new Uint8Array(wide.buffer)),
      'signed.npy': npy('|i1', [10, 4, 4], bytes),
    });
    expect((await load(join(folder, 'wide.npy'))).valueRange).toEqual([0, 255]);
    expect((await load(join(folder, 'signed.npy'))).valueRange).toEqual([-128, 126]);
  });

  test('what is not used of an .npz may be of any type', async () => {
    const names = npy('<U4', [10], new Uint8Array(160));
    expect((await load(await npz({ images, labels: known, names }))).labelNames).toHaveLength(3);
  });

  test('types whose values do not compare are refused', async () => {
    const floats = npy('<f4', [10, 4, 4], new Uint8Array(640));
    const path = await npz({ x_train: images, x_test: floats });
    const error = await errorOf(() => load(path));
    expect([error.code, error.message]).toEqual([
      'invalid-data',
      expect.stringMatching(/x_train\.npy is of type uint8, and .*x_test\.npy of type float32/),
    ]);
  });

  test.each([
    ['labels', 'NaN', /labels\.npy: label 0 is NaN/],
    ['images', 'NaN', /images\.npy: item 1 holds NaN \(its value 2, from 0\)/],
    ['images', '1e300', /images\.npy holds 1e\+300, which is beyond float32/],
  ])('%s with %s are refused, by their place', async (name, value, message) => {
    const values = new Float64Array(name === 'labels' ? 10 : 160);
    values[name === 'labels' ? 0 : 18] = Number(value);
    const file = npy('<f8', name === 'labels' ? [10] : [10, 4, 4], new Uint8Array(values.buffer));
    const path = await npz({ images, labels: known, [name]: file });
    const error = await errorOf(() => load(path));
    expect([error.code, error.message]).toEqual(['invalid-data', expect.stringMatching(message)]);
  });

  test.each([
    [
      '<U3',
      (name: string) =>
        Buffer.from(Uint32Array.from({ length: 3 }, (_, i) => name.codePointAt(i) ?? 0).buffer),
    ],
    ['|S4', (name: string) => Buffer.concat([Buffer.from(name), Buffer.alloc(4)]).subarray(0, 4)],
  ] as const)('labels of type %s are the names of classes', async (type, write) => {
    const names = ['ant', 'bé', 'ox'];
    const texts = Buffer.concat(Array.from(labels, (label) => write(names[label] as string)));
    const data = await load(await npz({ images, labels: npy(type, [10], texts) }));
    expect(data.labelNames).toEqual(['ant', 'bé', 'ox']);
    const cut = await npz({ images, labels: npy(type, [10], texts.subarray(1)) });
    expect((await errorOf(() => load(cut))).message).toMatch(/labels\.npy is not a usable .*texts/);
  });

  test('labels that are no whole numbers are refused: each would be a class', async () => {
    const measured = Float32Array.from(labels, (label) => label + 0.5);
    const floats = (values: Float32Array) => npy('<f4', [10], new Uint8Array(values.buffer));
    const { code, message } = await errorOf(async () =>
      load(await npz({ images, labels: floats(measured) })),
    );
    expect(code).toBe('invalid-data');
    expect(message).toMatch(/label 0 is 0\.5; a whole number, or a name,/);
    const whole = await load(await npz({ images, labels: floats(Float32Array.from(labels)) }));
    expect(whole.labelNames).toEqual(['0', '1', '2']);
  });

  test.each([
    [[10, 1, 16, 1], /10 × 1 × 16 × 1 values; .*2 or more high and wide.*datasetOf/],
    [[0, 4, 4], /0 × 4 × 4 values; at least one picture/],
    [[2, 4, 4, 5], /with 1, 3 or 4 channels were expected/],
  ])('arrays of %j are refused for what is wrong with them', async (dims, message) => {
    const folder = await folderOf({ 'a.npy': npy('|u1', dims, bytes.subarray(0, dims[0] && 160)) });
    expect((await errorOf(() => load(join(folder, 'a.npy')))).message).toMatch(message);
  });

  test('labels of IDX files are found in folders of any name, and beside a gzipped neighbour', async () => {
    const folder = await folderOf({
      'images/my-images-idx3-ubyte': idx([10, 4, 4], bytes),
      'images/my-labels-idx1-ubyte.gz': gzipSync(idx([10], labels)),
      'images/images-images.idx3.gz': gzipSync(idx([10, 4, 4], bytes)),
      'images/images-labels.idx1': idx([10], labels),
    });
    for (const name of ['my-images-idx3-ubyte', 'images-images.idx3.gz']) {
      expect((await load(join(folder, 'images', name))).labelNames).toEqual(['0', '1', '2']);
    }
  });

  test('a part alone is divided as arrays are that name none', async () => {
    const many = npy('|u1', [60, 4, 4], new Uint8Array(960));
    for (const name of ['x_train', 'x_test']) {
      const { train, test, validation } = await load(await npz({ [name]: many }), {
        testShare: 0.4,
        validationShare: 0.2,
      });
      expect(test.count).toBeGreaterThan(10);
      expect(validation?.count).toBeGreaterThan(2);
      expect(train.count).toBeGreaterThan(10);
    }
  });

  test('what changes nothing of arrays is said', async () => {
    const path = await npz({ images });
    const { notes } = await load(path, { fit: 'contain', background: 'black' });
    expect(notes).toEqual([
      "Arrays are taken as they are: fit 'contain' and background 'black' changes nothing of them.",
    ]);
    expect((await load(path, { fit: 'cover', background: '#ffffff' })).notes).toEqual([]);
  });
});
