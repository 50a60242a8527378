/**
 * Anomaly detection where each digit in turn is left out of training: does a model score it lower than those that it knows?
 * By the command alone, and once more for each digit:
 *
 *   latentkit train --data mnist --leave-out DIGIT … ; latentkit export …
 *   latentkit directions … --mixture --record ; latentkit measure … --only anomaly
 *
 *   npm run leave-one-out [-- FOLDER OF MNIST]
 *
 * What was trained stays in out/leave-one-out, so that a run that was broken off goes on; the table goes into
 * docs/anomaly-detection.md.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ModelCard } from '@latentkit/core';
import { writeTable } from './write-table.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OUT = join(ROOT, 'out/leave-one-out');
const COMMAND = join(ROOT, 'packages/cli/bin/latentkit.mjs');
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

const [dataDir] = process.argv.slice(2);
const data = dataDir === undefined ? [] : ['--data-dir', resolve(dataDir)];

/** Runs the command; what it says of its progress is shown, what it answers is returned. */
async function latentkit(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`latentkit ${args.join(' ')} ended with ${code}:\n${said}`);
  return said;
}

interface Row {
  readonly digit: number;
  readonly elbo: number;
  readonly density: number;
}

async function leaveOut(digit: number): Promise<Row> {
  const [run, model] = [join(OUT, `run-${digit}`), join(OUT, `without-${digit}`)];
  if (!existsSync(join(model, 'model.json'))) {
    const settings = ['--data', 'mnist', ...data, '--leave-out', String(digit), '--overwrite'];
    await latentkit('train', ...settings, '--out', run, ...TRAINING);
    await latentkit('export', run, '--out', model);
  }
  const card = JSON.parse(await readFile(join(model, 'model.json'), 'utf8')) as ModelCard;
  if (!card.latentSpace?.mixture) {
    await latentkit('directions', model, ...data, ...MIXTURE, '--record');
  }
  const measured = await latentkit('measure', model, ...data, '--only', 'anomaly', '--json');
  const { metrics } = JSON.parse(measured) as { metrics: { name: string; value: number }[] };
  const figure = (start: string) =>
    metrics.find(({ name }) => name.startsWith(start))?.value as number;
  return { digit, elbo: figure('anomaly AUROC, '), density: figure('anomaly AUROC by density') };
}

/** What each model is trained and measured by, beside the standards. */
const TRAINING = ['--epochs', '10', '--seed', '1'];
const MIXTURE = ['--items', '20000', '--mixture', '--components', '100'];

const rows: Row[] = [];
for (const digit of DIGITS) {
  rows.push(await leaveOut(digit));
  console.error(JSON.stringify(rows.at(-1)));
}
const mean = (of: 'elbo' | 'density') => rows.reduce((sum, row) => sum + row[of], 0) / rows.length;
const line = (name: string, of: 'elbo' | 'density') => [
  name,
  ...[...rows.map((row) => row[of]), mean(of)].map((value) => value.toFixed(3)),
];
await writeTable('docs/anomaly-detection.md', 'leave-one-out', [
  ['left out', ...DIGITS.map(String), 'mean'],
  line('ELBO', 'elbo'),
  line('density', 'density'),
]);
