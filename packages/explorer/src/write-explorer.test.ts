import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fakeAutoencoder } from '@latentkit/core/testing';
import { parquetReadObjects } from 'hyparquet';
import type { ExplorerInfo } from './explorer-info.ts';
import { fakeItems, removeTemporaryFolders, temporaryFolder } from './testing.ts';
import { writeExplorerData, writeExplorerSite } from './write-explorer.ts';

afterAll(removeTemporaryFolders);

const COUNT = 100;

async function read(folder: string) {
  const info = JSON.parse(await readFile(join(folder, 'explorer.json'), 'utf8')) as ExplorerInfo;
  const bytes = await readFile(join(folder, info.points));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const rows = (await parquetReadObjects({ file })) as {
    id: string;
    label: string;
    neighbours: { ids: number[]; distances: number[] };
    vector: number[];
    [column: string]: unknown;
  }[];
  return { info, rows };
}

/** A mixture of one Gaussian, whose factor is a lower triangle. */
const PRIOR = {
  protocol: 'made up',
  components: [{ weight: 1, mean: [0.5, 0], factor: [2, 0, 1] }],
};

describe('writeExplorerData', () => {
  test('writes what the model says of every item, a row each', async () => {
    await using model = await fakeAutoencoder();
    const out = join(temporaryFolder(), 'deep/data');
    const items = fakeItems(COUNT);
    const stages: string[] = [];
    const returned = await writeExplorerData(model, items, {
      out,
      onProgress: ({ stage, done, total }) => {
        if (done === total || stage === 'neighbours') stages.push(stage);
      },
    });
    const { info, rows } = await read(out);
    expect(returned).toEqual(info);
    expect(info).toMatchObject({
      ...{ format: 1, data: 'fakes', count: COUNT, size: 2, labels: ['above', 'below'] },
      ...{ clusters: 8, activeUnits: 2, neighbours: { k: 15, landmarks: COUNT } },
      model: { name: model.card.name, space: model.space },
      score: { protocol: expect.stringContaining('ELBO') },
    });
    expect((await readdir(out)).sort()).toEqual([
      'explorer.json',
      'points.parquet',
      'thumbnails-0.webp',
    ]);
    expect([...new Set(stages)]).toEqual(['embedding', 'neighbours', 'projecting']);
    expect(rows).toHaveLength(COUNT);

    let row = 0;
    for await (const { ids: names, items: values, labels, factors } of items.batches(undefined)) {
      const embedded = await model.encoder.embed(values);
      const { elbo } = await model.score(values, { seed: 0 });
      const { mean } = await model.reconstruct(values);
      for (const [i, id] of names.entries()) {
        const one = rows[row]!;
        expect([one.id, one.label]).toEqual([id, labels![i]]);
        expect(one.vector).toEqual([...embedded.data.subarray(2 * i, 2 * i + 2)]);
        expect(one['score']).toBeCloseTo(elbo[i]!, 3);
        expect(one['factor_light']).toBeCloseTo(factors![i]!, 5);
        let error = 0;
        for (let j = 4 * i; j < 4 * i + 4; j++) error += (values[j]! - mean.data[j]!) ** 2 / 4;
        expect(one['error']).toBeCloseTo(error, 5);
        // The classes lie far apart: all neighbours are of one's own.
        const { ids, distances } = one.neighbours;
        expect(new Set(ids.map((other) => other % 2))).toEqual(new Set([row % 2]));
        const [first] = ids.map((other) => rows[other]!.vector);
        const far = Math.hypot(...one.vector.map((value, d) => value - first![d]!));
        expect(distances[0]).toBeCloseTo(far, 5);
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
        row += 1;
      }
    }
    // Both of the latent's numbers tell the classes apart, in opposite ways.
    const [light] = info.directions;
    expect(light).toMatchObject({ name: 'light', protocol: expect.stringMatching(/100 items/) });
    // A log-variance of 0: KL is half the mean square.
    const squares = rows.reduce((sum, { vector }) => sum + vector[0]! ** 2 / 2 / COUNT, 0);
    expect(info.dimensions[0]!.kl).toBeCloseTo(squares, 5);
  });

  test.each([
    ['point', { kind: 'point', size: 2 }],
    ['flow', { kind: 'flow', size: 2, flow: 'planar', steps: 2 }],
    ['ladder', { kind: 'ladder', size: 2, levels: [1, 1] }],
    ['codes', { kind: 'codes', size: 4, grid: [1, 2], codes: 8, dim: 2 }],
    ['gaussian, under a prior of its own', { kind: 'gaussian', size: 2, prior: PRIOR }],
  ] as const)('takes a latent of kind %s', async (_, latent) => {
    await using model = await fakeAutoencoder({ latent });
    const out = join(temporaryFolder(), 'data');
    const info = await writeExplorerData(model, fakeItems(40), { out });
    expect(info.size).toBe(latent.size);
    expect(info.dimensions[0]).not.toHaveProperty('kl');
    if (latent.kind === 'codes') expect(info.codes).toEqual({ used: expect.any(Number), of: 8 });
    else expect(info).not.toHaveProperty('codes');
  });

  test('asks a conditional model by the labels of the items, and says so where they are others', async () => {
    const out = join(temporaryFolder(), 'data');
    await using model = await fakeAutoencoder({ labels: ['below', 'above'] });
    await writeExplorerData(model, fakeItems(40), { out });
    await using other = await fakeAutoencoder({ labels: ['cat', 'dog'] });
    await expect(writeExplorerData(other, fakeItems(40), { out })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/condition.*cat, dog.*below/),
    });
    await writeExplorerData(other, fakeItems(40), { out, condition: 'dog' });
  });

  test('leaves what was there where it is stopped, fails or is refused', async () => {
    await using model = await fakeAutoencoder();
    const parent = temporaryFolder();
    const out = join(parent, 'data');
    const stopped = new AbortController();
    const stop = { out, signal: stopped.signal, onProgress: () => stopped.abort() };
    await expect(writeExplorerData(model, fakeItems(40), stop)).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await readdir(parent)).toEqual([]);
    await expect(writeExplorerData(model, fakeItems(19), { out })).rejects.toMatchObject({
      message: expect.stringContaining('at least 20 items'),
    });
    await writeExplorerData(model, fakeItems(40), { out });
    const failing = {
      ...fakeItems(40),
      async *batches() {
        yield* fakeItems(16).batches(undefined);
        throw new Error('the disk is gone');
      },
    };
    await expect(writeExplorerData(model, failing, { out })).rejects.toThrow('the disk is gone');
    expect((await read(out)).rows).toHaveLength(40);
    expect(await readdir(parent)).toEqual(['data']);
    const precious = join(parent, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'letter'), '');
    await expect(writeExplorerData(model, fakeItems(40), { out: precious })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(existsSync(join(precious, 'letter'))).toBe(true);
  });

  test('refuses a model of no pictures', async () => {
    await using model = await fakeAutoencoder({ item: [4] });
    const out = join(temporaryFolder(), 'data');
    await expect(writeExplorerData(model, fakeItems(40), { out })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('items are pictures'),
    });
  });
});

test('a site without its page is a fault of the installation, and is not there', async () => {
  await using model = await fakeAutoencoder();
  const parent = temporaryFolder();
  const options = { out: join(parent, 'site'), modelFolder: parent, page: join(parent, 'none') };
  await expect(writeExplorerSite(model, fakeItems(40), options)).rejects.toMatchObject({
    code: 'missing-dependency',
  });
  expect(await readdir(parent)).toEqual([]);
});

test('a site of a model that has no folder here is refused before anything is embedded', async () => {
  await using model = await fakeAutoencoder();
  const parent = temporaryFolder();
  const options = { out: join(parent, 'site'), modelFolder: 'oip+http://localhost:8000/mine' };
  await expect(writeExplorerSite(model, fakeItems(40), options)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('whose files the site takes along'),
  });
  expect(await readdir(parent)).toEqual([]);
});
