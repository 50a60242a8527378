import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openPictures, prepare } from '@latentkit/data';
import { Participant, startAll } from '../participants/participant.ts';
import { decodeAll, type PictureSet, writePictures } from '../pictures.ts';
import { type Row, row } from '../report.ts';

/**
 * Preparing pictures beside sharp decoding the same files and nothing else, and beside PyTorch's
 * DataLoader with torchvision where it is installed; alternately, on every core.
 */
const OURS = 'ours';

export interface Preparation extends PictureSet {
  readonly name: string;
  /** What sharp does beside ours: decoding alone, or resizing to the items' size too. */
  readonly resize: boolean;
}

const SIDE = 64;
export const PREPARATIONS: readonly Preparation[] = [
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
    count: 2000,
    width: 1600,
    height: 1200,
    format: 'jpeg',
    resize: true,
  },
];

export async function comparePreparation(
  each: Preparation,
  folder: string,
  { rounds, python: command, absent }: PreparationOptions,
): Promise<Row> {
  const written = await writePictures(join(folder, 'pictures'), each);
  const cacheDir = join(folder, 'cache');
  const python = new Participant('pytorch', command, [
    new URL('../../peers/data_loader.py', import.meta.url).pathname,
    written.folder,
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
    times.get(name)?.push((performance.now() - start) / written.files.length);
  };
  try {
    // The first round warms compiler, threads and the cache of files, and is not kept.
    for (let round = 0; round <= rounds; round++) {
      await rm(cacheDir, { recursive: true, force: true });
      const turns = [
        () => timed(OURS, () => prepareAll(written.folder, cacheDir)),
        () => timed(peer, () => decodeAll(written.files, each.resize ? SIDE : undefined)),
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

export interface PreparationOptions {
  readonly rounds: number;
  /** The command that is Python with torch, torchvision and pillow. */
  readonly python: string;
  /** Where it is noted why a peer takes no part. */
  readonly absent: Record<string, string>;
}

async function prepareAll(folder: string, cacheDir: string): Promise<void> {
  const target = { width: SIDE, height: SIDE, channels: 3 } as const;
  await prepare(await openPictures(folder), target, { cacheDir });
}
