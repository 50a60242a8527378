import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkModels } from '@latentkit/check';
import { createRandom, LatentkitError } from '@latentkit/core';
import { loadVectors, writeVectors } from '@latentkit/data';
import { loadAutoencoder, loadCard, loadGolden } from '@latentkit/node';
import { loadCheckpoint, saveCheckpoint } from '../../training/src/run/folder/checkpoint.ts';
import { epochSeconds, openRunLog } from '../../training/src/run/folder/run-log.ts';
import { sampleCheckpoint } from '../../training/src/testing.ts';

/**
 * Every file that this project writes and reads back, damaged in every place: it is refused with a typed error that
 * says which file, or what is read is what was written. It is never something else without a word.
 */

const MODEL = resolve(__dirname, '../../models/strokes-vae');
const SIZE = 8;
const FLIPS = 60;

interface Format {
  readonly name: string;
  /** Writes a folder. */
  readonly write: (folder: string) => Promise<unknown>;
  /** What it holds, as a value that can be compared. */
  readonly read: (folder: string) => Promise<unknown>;
  /** The file that is damaged. */
  readonly file: string;
  /**
   * Files that people may write themselves have no digest: another value may be what they mean. They are refused with a
   * typed error, or are a value.
   */
  readonly editable?: boolean;
  /** Parts that are damaged are left out, and the others are as they were. */
  readonly inParts?: (whole: unknown, found: unknown) => boolean;
}

const vectors = (file: string, path = file): Format => ({
  name: `vectors: ${file}`,
  file,
  async write(folder) {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      id: `picture-${i}.png`,
      sha256: String(i).padStart(64, 'a'),
      bytes: 100 + i,
      stamp: `${i}`,
      score: -i / 3,
    }));
    const block = {
      rows,
      vectors: Float32Array.from({ length: 40 * SIZE }, (_, i) => Math.sin(i)),
    };
    const info = { space: 'f'.repeat(64), model: 'a', size: SIZE, count: 40, scored: true };
    await writeVectors(join(folder, path), info, [block]);
  },
  read: (folder) => loadVectors(join(folder, path)),
});

const copyModel = (folder: string) => cp(MODEL, folder, { recursive: true });

const FORMATS: readonly Format[] = [
  vectors('v.parquet'),
  vectors('v.npy'),
  vectors('v.npy.rows.jsonl', 'v.npy'),
  vectors('v.npy.meta.json', 'v.npy'),
  vectors('v.jsonl'),
  vectors('v.csv'),
  {
    name: 'a checkpoint',
    file: 'checkpoint.safetensors',
    write: (folder) => saveCheckpoint(sampleCheckpoint(folder)),
    read: async (folder) => {
      const { config, ...rest } = await loadCheckpoint(folder);
      return { ...rest, state: [...rest.state], config: { ...config, runDir: '' } };
    },
  },
  {
    name: 'the log of a run',
    file: 'log.jsonl',
    async write(folder) {
      const log = await openRunLog(folder, 0);
      for (const epoch of [1, 2, 3]) await log.append({ type: 'epoch', epoch, seconds: epoch / 7 });
      await log.close();
    },
    read: async (folder) => [...(await epochSeconds(folder))],
    inParts: (whole, found) =>
      (found as unknown[]).every((line) =>
        (whole as unknown[]).some((one) => JSON.stringify(one) === JSON.stringify(line)),
      ),
  },
  {
    name: 'a graph',
    file: 'encoder.onnx',
    write: copyModel,
    async read(folder) {
      await using vae = await loadAutoencoder(folder, { device: 'cpu', execution: 'inline' });
      return (await vae.encoder.embed(new Float32Array(784).fill(0.5))).data;
    },
  },
  {
    name: 'golden values',
    file: 'golden.safetensors',
    write: copyModel,
    read: (folder) => loadGolden(folder),
  },
  {
    name: 'a card',
    file: 'model.json',
    editable: true,
    write: copyModel,
    read: (folder) => loadCard(folder),
  },
  {
    name: 'the record of a model',
    file: 'check.json',
    editable: true,
    write: copyModel,
    async read(folder) {
      const { models } = await checkModels([folder], { only: ['card/contract'] });
      return models.flatMap(({ outcomes }) => outcomes.map(({ check, status }) => [check, status]));
    },
  },
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-damaged-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What may happen to a file: cut short, added to, emptied, replaced, and bits turned over at drawn places. */
function* damages(bytes: Buffer): Generator<[string, Buffer]> {
  for (const length of [0, 1, 9, bytes.length >> 2, bytes.length >> 1, bytes.length - 1]) {
    yield [`cut to ${length} bytes`, bytes.subarray(0, length)];
  }
  yield ['with a byte more', Buffer.concat([bytes, Buffer.of(0x7b)])];
  yield ['of zeros', Buffer.alloc(bytes.length)];
  yield ['of something else', Buffer.from('<!doctype html><title>Sign in</title>')];
  const random = createRandom(1, 'damaged files');
  // Heads and tails, where lengths and offsets are, and everywhere.
  const places = [
    ...Array.from({ length: FLIPS / 3 }, () => random.integer(Math.min(64, bytes.length))),
    ...Array.from(
      { length: FLIPS / 3 },
      () => bytes.length - 1 - random.integer(Math.min(64, bytes.length)),
    ),
    ...Array.from({ length: FLIPS / 3 }, () => random.integer(bytes.length)),
  ];
  for (const place of places) {
    const bit = random.integer(8);
    const flipped = Buffer.from(bytes);
    flipped[place] = (flipped[place] as number) ^ (1 << bit);
    yield [`with bit ${bit} of byte ${place} turned over`, flipped];
  }
}

/** What came of a damaged file: undefined where that is well. */
async function faultOf(
  format: Format,
  folder: string,
  whole: unknown,
): Promise<string | undefined> {
  let found: unknown;
  try {
    found = await format.read(folder);
  } catch (error) {
    const typed = LatentkitError.isInstance(error) && (error as Error).message.length > 20;
    return typed ? undefined : `an untyped error: ${error}`;
  }
  if (format.editable) return undefined;
  const same = format.inParts?.(whole, found) ?? equal(found, whole);
  return same ? undefined : 'another value without a word';
}

function equal(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

describe.each(FORMATS)('$name', (format) => {
  test('is never another value without a word, however it is damaged', async () => {
    const folder = await mkdtemp(join(root, 'file-'));
    await format.write(folder);
    const path = join(folder, format.file);
    const bytes = await readFile(path);
    const whole = await format.read(folder);
    const faults: string[] = [];
    for (const [damage, damaged] of damages(bytes)) {
      await writeFile(path, damaged);
      const fault = await faultOf(format, folder, whole);
      if (fault !== undefined) faults.push(`${format.file} ${damage}: ${fault}`);
    }
    expect(faults).toEqual([]);
    await writeFile(path, bytes);
    expect(await format.read(folder)).toEqual(whole);
    expect((await readdir(folder)).length).toBeGreaterThan(0);
  });
});

test('the judge finds a format that does not know damage when it sees it', async () => {
  const folder = await mkdtemp(join(root, 'judge-'));
  const plain: Format = {
    name: 'numbers',
    file: 'numbers.bin',
    write: (folder) => writeFile(join(folder, 'numbers.bin'), Buffer.alloc(64, 1)),
    read: async (folder) => [...(await readFile(join(folder, 'numbers.bin')))],
  };
  await plain.write(folder);
  const whole = await plain.read(folder);
  await writeFile(join(folder, plain.file), Buffer.alloc(64, 2));
  expect(await faultOf(plain, folder, whole)).toBe('another value without a word');
  const raw = { ...plain, read: () => Promise.reject(new RangeError('out of range')) };
  expect(await faultOf(raw, folder, whole)).toMatch(/untyped.*RangeError/);
});
