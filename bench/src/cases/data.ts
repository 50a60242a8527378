import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPictures, prepare } from '@latentkit/data';
import { machine } from '../machine.ts';
import { Participant, startAll } from '../participants/participant.ts';
import { decodeAll, type PictureSet, type WrittenPictures, writePictures } from '../pictures.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * Preparing pictures beside sharp decoding the same files and nothing else, and beside PyTorch's
 * DataLoader with torchvision where it is installed; alternately, on every core.
 */
const ROUNDS = 5;
const OURS = 'ours';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';

interface Case extends PictureSet {
  readonly name: string;
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

async function compare(
  each: Case,
  { folder, files }: WrittenPictures,
  cacheDir: string,
  rounds: number,
  absent: Record<string, string>,
): Promise<Row> {
  const python = new Participant('pytorch', PYTHON, [
    new URL('../../peers/data_loader.py', import.meta.url).pathname,
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
        () => timed(peer, () => decodeAll(files, each.resize ? SIDE : undefined)),
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
