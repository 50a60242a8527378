import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@latentkit/core';
import type { TrainConfig } from '@latentkit/training';
import { killedPreparation, prepareOnce } from './killed-preparation.ts';
import { scriptArgs } from './start-script.ts';
import { type TurnOptions, type Turns, takeTurns } from './take-turns.ts';

export interface VolumeOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly pictures: number;
  /** Kills spread over the preparation; two more come before its first picture and after its last. */
  readonly kills: number;
  readonly training: Readonly<Record<NetworkName, TurnOptions>>;
  /** Of the dice that say when to kill. */
  readonly seed: number;
  readonly log?: (line: string) => void;
}

export interface VolumeReport {
  readonly pictures: number;
  readonly preparation: {
    readonly imagesPerSecond: number;
    readonly peakBytes: number;
  };
  readonly killed: {
    readonly kills: number;
    /** Reports of what counted before a kill that came a second time. */
    readonly madeAgain: number;
    /** Whether it ended with the items of the preparation that nobody killed. */
    readonly equal: boolean;
    readonly peakBytes: number;
  };
  readonly training: Readonly<Record<NetworkName, Turns>>;
}

/** The standard of one's own pictures; and one so small that reading its items is a large part of a step. */
const NETWORKS = {
  standard: {},
  small: { channels: [8, 8], hiddenSizes: [16], latentSize: 8 },
} as const;
export type NetworkName = keyof typeof NETWORKS;

/** Draws many pictures, prepares them with and without kills, and trains on them from the disk and from memory. */
export async function volumeTrial(options: VolumeOptions): Promise<VolumeReport> {
  const { pictures, log = () => {} } = options;
  const folder = join(options.folder, 'pictures');
  await draw(folder, pictures);
  log(`${pictures} pictures are drawn`);
  const cache = join(options.folder, 'cache');
  const whole = await prepareOnce(cache, folder);
  const { peakBytes, seconds, items = 0 } = whole;
  log(`prepared in ${seconds.toFixed(0)} s, ${inMb(peakBytes)}`);
  const killed = await killedPreparation(join(options.folder, 'killed'), folder, {
    pictures,
    kills: options.kills,
    random: createRandom(options.seed),
  });
  log(`killed ${killed.kills} times, ${inMb(killed.peakBytes)}`);
  const { kills, madeAgain } = killed;
  const equal = killed.sha256 === whole.sha256 && killed.items === items && items === pictures;
  const training = {} as Record<NetworkName, Turns>;
  for (const name of Object.keys(NETWORKS) as NetworkName[]) {
    const settings: TrainConfig = {
      ...NETWORKS[name],
      runDir: join(options.folder, name),
      epochs: 1,
    };
    const data = { name: 'files', dataDir: folder, image: '64x64', colour: 'rgb' } as const;
    training[name] = await takeTurns(cache, { ...settings, data }, options.training[name]);
    const { disk, held, ratio } = training[name];
    log(
      `${name}: ${disk.imagesPerSecond.toFixed(0)} images/s from the disk in ${inMb(disk.peakBytes)}, ` +
        `${held.imagesPerSecond.toFixed(0)} from memory, a step ${ratio.toFixed(3)} times as long`,
    );
  }
  return {
    pictures,
    preparation: { imagesPerSecond: items / seconds, peakBytes },
    killed: { kills, madeAgain, equal, peakBytes: killed.peakBytes },
    training,
  };
}

/** Bytes that a process may hold at most, and how much longer a step may take from the disk. */
const MOST_BYTES = 1.5e9;
const MOST_TIME = 1.05;

/** What of a report is not as it should be. */
export function faultsOf({ preparation, killed, training }: VolumeReport): string[] {
  const { standard, small } = training;
  const held = {
    preparation: preparation.peakBytes,
    'preparation with kills': killed.peakBytes,
    'training of the standard network': standard.disk.peakBytes,
    'training of the small network': small.disk.peakBytes,
  };
  const tooLarge = Object.entries(held).filter(([, bytes]) => !(bytes > 0 && bytes <= MOST_BYTES));
  const slow = Object.entries(training).filter(([, { ratio }]) => !(ratio <= MOST_TIME));
  return [
    ...tooLarge.map(([what, bytes]) => `${what} held ${inMb(bytes)}`),
    ...slow.map(
      ([name, { ratio }]) => `${name}: a step from the disk takes ${ratio} times as long`,
    ),
    ...(killed.madeAgain > 0 ? [`after kills ${killed.madeAgain} reports came again`] : []),
    ...(killed.equal ? [] : ['with kills other items came']),
  ];
}

async function draw(folder: string, pictures: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parts = availableParallelism();
  const place = (part: number) => String(Math.floor((part * pictures) / parts));
  const drawn = Array.from({ length: parts }, async (_, part) => {
    const args = scriptArgs('draw.ts', folder, place(part), place(part + 1));
    const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
    if (code !== 0) throw new Error(`Drawing pictures ended with ${code}.`);
  });
  await Promise.all(drawn);
}

function inMb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
