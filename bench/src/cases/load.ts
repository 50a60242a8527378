import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { loadAutoencoder } from '@latentkit/node';
import { machine } from '../machine.ts';
import { type Report, row } from '../report.ts';

const MODELS = ['mnist-vae', 'strokes-vq-vae'] as const;
const ROUNDS = 21;

/** What the self-test adds to a load from a folder on the CPU, where it is made on request alone. */
export async function run(): Promise<Report> {
  const rows = [];
  for (const model of MODELS) {
    const folder = fileURLToPath(new URL(`../../../models/${model}`, import.meta.url));
    const times = { tested: [] as number[], untested: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      for (const selfTest of round % 2 ? [true, false] : [false, true]) {
        const start = performance.now();
        const vae = await loadAutoencoder(folder, { device: 'cpu', selfTest });
        const elapsed = performance.now() - start;
        await vae.dispose();
        // The first loads ONNX Runtime.
        if (round >= 0) times[selfTest ? 'tested' : 'untested'].push(elapsed);
      }
    }
    const measured = new Map([
      ['with the self-test', times.tested],
      ['without', times.untested],
    ]);
    rows.push(row(`load ${model}, whole`, 'ms', 'with the self-test', measured));
  }
  return { name: 'load', machine: machine(), rows };
}
