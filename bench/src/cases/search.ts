import { createRandom } from '@latentkit/core';
import { METRICS, VectorIndex } from '@latentkit/data';
import { machine } from '../machine.ts';
import { Participant, startAll } from '../participants/participant.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * The ten nearest of a million vectors, exactly, beside numpy: one product of the matrix by the query, on all cores,
 * lengths worked out beforehand, and the ten smallest by `argpartition`. Alternately.
 */
const ROUNDS = 15;
const OURS = 'ours';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
const COUNT = 1_000_000;
const SIZE = 64;

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  const absent: Record<string, string> = {};
  const random = createRandom(1);
  const index = new VectorIndex(random.fillNormal(new Float32Array(COUNT * SIZE)), SIZE);
  const rows: Row[] = [];
  for (const metric of METRICS) {
    const script = new URL('../../peers/numpy_scan.py', import.meta.url).pathname;
    const args = [script, String(COUNT), String(SIZE), metric];
    const [numpy] = await startAll([new Participant('numpy', PYTHON, args)], [], absent);
    const times = new Map<string, number[]>([[OURS, []]]);
    if (numpy) times.set('numpy', []);
    const ours = async () => {
      const query = random.fillNormal(new Float32Array(SIZE));
      const start = performance.now();
      await index.nearest(query, { k: 10, metric });
      times.get(OURS)?.push(performance.now() - start);
    };
    // By its own clock: how long a line takes to come back is no part of a scan.
    const theirs = async () => void times.get('numpy')?.push((await numpy?.ask(1))?.['ms'] ?? 0);
    try {
      // The first round warms compiler, threads and memory, and is not kept.
      for (let round = 0; round <= rounds; round++) {
        const turns = numpy ? [ours, theirs] : [ours];
        if (round % 2 === 1) turns.reverse();
        for (const turn of turns) await turn();
        if (round === 0) for (const values of times.values()) values.length = 0;
      }
    } finally {
      await numpy?.stop();
    }
    const name = `10 nearest of ${COUNT.toLocaleString('en')} × ${SIZE}, ${metric}`;
    rows.push(row(name, 'ms', OURS, times));
  }
  return { name: 'search', machine: machine(), rows, absent };
}
