import { resolve } from 'node:path';
import { createRandom } from '@latentkit/core';
import { loadEncoder } from '@latentkit/node';
import { machine } from './machine.ts';
import { type Report, type Row, row } from './report.ts';

/**
 * Embedding items of 8 bits beside the same items as floats, which they are widened to on the thread that runs them;
 * alternately, one call for all.
 */
const ROUNDS = 7;
const OURS = 'ours';
const MODEL = resolve(import.meta.dirname, '../../models/mnist-vae');
const SIZE = 28 * 28;
const COUNTS = [10_000, 100_000];
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
      const times = new Map<string, number[]>([
        [OURS, []],
        ['floats', []],
      ]);
      const timed = async (name: string, items: Uint8Array | Float32Array) => {
        const start = performance.now();
        await encoder.embed(items);
        times.get(name)?.push(performance.now() - start);
      };
      // The first round warms compiler, threads and memory, and is not kept.
      for (let round = 0; round <= rounds; round++) {
        const turns = [() => timed(OURS, bytes), () => timed('floats', floats)];
        if (round % 2 === 1) turns.reverse();
        for (const turn of turns) await turn();
        if (round === 0) for (const values of times.values()) values.length = 0;
      }
      const name = `${count.toLocaleString('en')} items of 8 bits, ${execution}`;
      rows.push(row(name, 'ms', OURS, times));
    }
  }
  return { name: 'bytes', machine: machine(), rows };
}
