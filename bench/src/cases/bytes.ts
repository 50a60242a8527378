import { resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { createRandom, type Encoder } from '@latentkit/core';
import { loadEncoder } from '@latentkit/node';
import { machine } from '../machine.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * Embedding items of 8 bits beside the same items as floats, which they are widened to on the thread that runs them;
 * alternately, one call for all; how long the caller's event loop stands still meanwhile at most; and how soon an
 * abort in the midst of it rejects.
 */
const ROUNDS = 7;
const OURS = 'ours';
const MODEL = resolve(import.meta.dirname, '../../../models/mnist-vae');
const SIZE = 28 * 28;
const COUNTS = [10_000, 100_000];
/** A call of the fewest items takes about three times as long. */
const MILLISECONDS_BEFORE_ABORT = 15;
const random = createRandom(1);
/** Items that are repeated: to draw all would take longer than to embed them. */
const SOME = Uint8Array.from({ length: 1000 * SIZE }, () => random.integer(256));

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  const rows: Row[] = [];
  for (const execution of ['inline', 'worker'] as const) {
    await using encoder = await loadEncoder(MODEL, { execution });
    for (const count of COUNTS) {
      const bytes = new Uint8Array(count * SIZE);
      const floats = new Float32Array(bytes.length);
      for (let from = 0; from < bytes.length; from += SOME.length) {
        bytes.set(SOME, from);
        for (let i = 0; i < SOME.length; i++) floats[from + i] = (SOME[i] as number) / 255;
      }
      const [times, pauses] = [measurements(), measurements()];
      const aborts: number[] = [];
      const timed = async (name: string, items: Uint8Array | Float32Array) => {
        const loop = monitorEventLoopDelay({ resolution: 1 });
        loop.enable();
        const start = performance.now();
        await encoder.embed(items);
        times.get(name)?.push(performance.now() - start);
        loop.disable();
        pauses.get(name)?.push(loop.max / 1e6);
        aborts.push(await abortTime(encoder, items));
      };
      // The first round warms compiler, threads and memory, and is not kept.
      for (let round = 0; round <= rounds; round++) {
        const turns = [() => timed(OURS, bytes), () => timed('floats', floats)];
        if (round % 2 === 1) turns.reverse();
        for (const turn of turns) await turn();
        if (round > 0) continue;
        for (const values of [...times.values(), ...pauses.values(), aborts]) values.length = 0;
      }
      const name = `${count.toLocaleString('en')} items of 8 bits, ${execution}`;
      rows.push(
        row(name, 'ms', OURS, times),
        row(`${name}: longest pause of the event loop`, 'ms', OURS, pauses),
        row(`${name} or floats: from abort to rejection`, 'ms', OURS, new Map([[OURS, aborts]])),
      );
    }
  }
  return { name: 'bytes', machine: machine(), rows };
}

function measurements(): Map<string, number[]> {
  return new Map([
    [OURS, []],
    ['floats', []],
  ]);
}

/** Milliseconds from an abort, some milliseconds after the call, to the call's rejection. */
async function abortTime(encoder: Encoder, items: Uint8Array | Float32Array): Promise<number> {
  const controller = new AbortController();
  const call = encoder.embed(items, { signal: controller.signal }).then(
    () => {
      throw new Error('The call was done before its abort.');
    },
    () => performance.now(),
  );
  await after(MILLISECONDS_BEFORE_ABORT);
  const start = performance.now();
  controller.abort();
  return (await call) - start;
}
