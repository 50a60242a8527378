import type { TrainConfig } from '@latentkit/training';
import { Participant } from '../../bench/src/participants/participant.ts';
import { median } from '../../bench/src/report.ts';
import { watchMemory } from './peak-memory.ts';
import { scriptArgs } from './start-script.ts';

export interface Turns {
  /** Of the process that reads its items from the disk, and the one that holds them. */
  readonly disk: Trained;
  readonly held: Trained;
  /** A step with items on the disk by one with items in memory: the median of the pairs. */
  readonly ratio: number;
}

export interface Trained {
  /** Median of the turns. */
  readonly imagesPerSecond: number;
  /** Epochs that it trained to their end, with their tests. */
  readonly epochs: number;
  readonly peakBytes: number;
}

const BATCH = 64;
/** MiB of items to hold in memory. */
const LITTLE = 256;
const ENOUGH = 2 ** 20;

/**
 * Trains two models of one kind in turns of some steps, one on items that are read from the disk and one on items that are
 * held in memory; while one has its turn, the other waits.
 */
export async function takeTurns(
  cache: string,
  settings: TrainConfig & { readonly data: object },
  { turns, steps, warm, whole }: TurnOptions,
): Promise<Turns> {
  const start = async (name: string, memory: number, toEnd = false) => {
    const config = {
      ...settings,
      runDir: `${settings.runDir}-${name}`,
      batchSize: BATCH,
      data: { ...settings.data, memory },
    };
    const args = [cache, JSON.stringify(config), String(warm), ...(toEnd ? ['whole'] : [])];
    const participant = new Participant(name, process.execPath, scriptArgs('train.ts', ...args));
    const peak = watchMemory(participant.pid as number);
    const reason = await participant.start();
    if (reason !== undefined) throw new Error(`${name}: ${reason}`);
    return { participant, peak, ms: [] as number[] };
  };
  const disk = await start('disk', LITTLE, whole);
  const held = await start('held', ENOUGH);
  for (let turn = 0; turn < turns; turn++) {
    const order = turn % 2 === 0 ? [disk, held] : [held, disk];
    for (const one of order) {
      const { ms } = await one.participant.ask(steps);
      one.ms.push(ms as number);
    }
  }
  const end = async ({ participant, peak, ms }: typeof disk): Promise<Trained> => {
    const { epochs = 0 } = await participant.ask(0);
    const peakBytes = peak();
    await participant.stop();
    return { imagesPerSecond: (1000 * BATCH) / median(ms), epochs, peakBytes };
  };
  const ratio = median(disk.ms.map((ms, turn) => ms / (held.ms[turn] as number)));
  return { held: await end(held), disk: await end(disk), ratio };
}

export interface TurnOptions {
  readonly turns: number;
  /** Of a turn. */
  readonly steps: number;
  /** Steps before the first turn. */
  readonly warm: number;
  /** Let the one that reads from the disk train on to its end after the turns. */
  readonly whole?: boolean | undefined;
}
