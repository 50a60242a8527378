import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstEpoch } from '../data/first-epoch.ts';
import { largePictures } from '../data/large-pictures.ts';
import { comparePreparation, PREPARATIONS } from '../data/preparation.ts';
import { machine } from '../machine.ts';
import type { Report, Row } from '../report.ts';

/** Rounds of the preparations, and trainings of the first epoch, where the command does not say. */
const ROUNDS = 5;
const EPOCHS = 1;
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';

/** People's own pictures: preparing them, the first epoch on them, and the memory that large ones take. */
export async function run({
  rounds,
  only,
}: {
  rounds?: number | undefined;
  only?: string | undefined;
}): Promise<Report> {
  const absent: Record<string, string> = {};
  const peers = { python: PYTHON, absent };
  const cases: Record<string, (folder: string) => Promise<Row | Row[]>> = {
    ...Object.fromEntries(
      PREPARATIONS.map((each) => [
        `prepare ${each.name}`,
        (folder: string) =>
          comparePreparation(each, folder, { ...peers, rounds: rounds ?? ROUNDS }),
      ]),
    ),
    'first epoch': (folder) =>
      firstEpoch(folder, { ...peers, count: 20_000, rounds: rounds ?? EPOCHS }),
    'large pictures': largePictures,
  };
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(cases)) {
    if (only !== undefined && !name.includes(only)) continue;
    const folder = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
    try {
      rows.push(...[await measure(folder)].flat());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { name: 'data', machine: machine(), rows, absent };
}
