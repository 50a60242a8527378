import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPictures, prepare } from '@latentkit/data';
import sharp from 'sharp';
import { machine } from './machine.ts';
import { Participant, startAll } from './participant.ts';
import { type Report, type Row, row } from './report.ts';

/**
 * Preparing pictures beside sharp decoding the same files and nothing else, and beside PyTorch's
 * DataLoader with torchvision where it is installed; alternately, on every core.
 */
const ROUNDS = 5;
const OURS = 'ours';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
/** Different pictures; the rest are links to them, which decode as slowly and are made faster. */
const DISTINCT = 24;

interface Case {
  readonly name: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly format: 'png' | 'jpeg';
  /** What sharp does beside ours: decoding alone, or resizing to the items' size too. */
  readonly resize: boolean;
}

const SIDE = 64;
const CASES: readonly Case[] = [
  {
    name: 'PNG 64 × 64 to 64 × 64',
    count: 4000,
    width: 64,
    height: 64,
    format: 'png',
    resize: false,
  },
  {
    name: 'PNG 72 × 72 to 64 × 64',
    count: 4000,
    width: 72,
    height: 72,
    format: 'png',
    resize: false,
  },
  {
    name: 'JPEG 1600 × 1200 to 64 × 64',
    count: 400,
    width: 1600,
    height: 1200,
    format: 'jpeg',
    resize: true,
  },
];

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  const absent: Record<string, string> = {};
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
  try {
    const rows: Row[] = [];
    for (const each of CASES) {
      const files = await writePictures(join(folder, `${each.width}.${each.format}`), each);
      rows.push(await compare(each, files, join(folder, 'cache'), rounds, absent));
    }
    return { name: 'data', machine: machine(), rows, absent };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Written {
  readonly folder: string;
  readonly files: readonly string[];
}

async function writePictures(
  folder: string,
  { count, width, height, format }: Case,
): Promise<Written> {
  await mkdir(folder, { recursive: true });
  const files = Array.from({ length: count }, (_, i) => join(folder, `${i}.${format}`));
  for (const [i, file] of files.entries()) {
    if (i >= DISTINCT) {
      await link(files[i % DISTINCT] as string, file);
      continue;
    }
    const pixels = new Uint8Array(width * height * 3);
    for (let at = 0; at < pixels.length; at++) {
      const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
      const waves =
        Math.sin((x * 9) / width + i + (at % 3)) + Math.cos((y * 7) / height + (x * i) / width);
      pixels[at] = 128 + 50 * waves + 8 * Math.random();
    }
    const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
    await writeFile(file, await picture.toFormat(format).toBuffer());
  }
  return { folder, files };
}

async function compare(
  each: Case,
  { folder, files }: Written,
  cacheDir: string,
  rounds: number,
  absent: Record<string, string>,
): Promise<Row> {
  const python = new Participant('pytorch', PYTHON, [
    new URL('./data_loader.py', import.meta.url).pathname,
    folder,
    String(SIDE),
    String(availableParallelism()),
  ]);
  const [loader] = await startAll([python], [], absent);
  const peer = each.resize ? 'sharp resize' : 'sharp decode';
  const times = new Map<string, number[]>([
    [OURS, []],
    [peer, []],
    ...(loader ? [['pytorch', []] as [string, number[]]] : []),
  ]);
  const timed = async (name: string, work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    times.get(name)?.push((performance.now() - start) / files.length);
  };
  try {
    // The first round warms compiler, threads and the cache of files, and is not kept.
    for (let round = 0; round <= rounds; round++) {
      await rm(cacheDir, { recursive: true, force: true });
      const turns = [
        () => timed(OURS, () => prepareAll(folder, cacheDir)),
        () => timed(peer, () => decodeAll(files, each.resize)),
        ...(loader ? [() => timed('pytorch', () => loader.ask(1))] : []),
      ];
      if (round % 2 === 1) turns.reverse();
      for (const turn of turns) await turn();
      if (round === 0) for (const values of times.values()) values.length = 0;
    }
  } finally {
    await loader?.stop();
  }
  return row(`prepare ${each.count} ${each.name}`, 'ms a picture', OURS, times);
}

async function prepareAll(folder: string, cacheDir: string): Promise<void> {
  const target = { width: SIDE, height: SIDE, channels: 3 } as const;
  await prepare(await openPictures(folder), target, { cacheDir });
}

/** As many at a time as there are threads to decode on, and as many again waiting. */
const AHEAD = 2 * availableParallelism() + 2;

async function decodeAll(files: readonly string[], resize: boolean): Promise<void> {
  sharp.concurrency(1);
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const picture = sharp(files[next++]);
      await (resize ? picture.resize(SIDE, SIDE) : picture).raw().toBuffer();
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, work));
}
