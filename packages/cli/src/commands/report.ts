import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasPrior, type ModelCard } from '@latentkit/core';
import { checkCreatable, formatPlural } from '@latentkit/system';
import type { Dataset, Measurement, TrainingCurve } from '@latentkit/training';
import type { Command } from 'commander';
import { displayPath, formatCount, formatDuration, formatNats } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { readCard } from '../model/model-files.ts';
import { usageOf } from '../model/usage.ts';
import { addDataOptions, type DataFlags, dataOfRun, loadModelData } from '../model-data.ts';
import { parseFolder, parseInteger } from '../options.ts';
import { checkReportFolder } from '../pictures/report-folder.ts';
import { prepareProgress } from '../progress/prepare-progress.ts';
import type { Figure } from '../report/page.ts';

const EXAMPLES = `
Examples:
  latentkit report models/mnist-vae                    draw what a model does, in report/
  latentkit report runs/photos --data ./photos         the same of a run, which is exported on the way
  latentkit report models/photos --data ./photos --group '^[^-]+'
  latentkit report models/mnist-vae --json | jq '.metrics'

Writes PNGs and report.html, which holds everything it shows: reconstructions of test items, samples,
interpolations, traversals of the dimensions that carry most, the KL of each, losses, and what is wrong.
Files must be split as for training: of a model, give --test-share and --group as they were then. A run knows its
own, and how many files may be unreadable.`;

interface ReportFlags extends DataFlags {
  readonly out: string;
  readonly items: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function addReport(program: Command, io: Io): void {
  const command = program
    .command('report')
    .summary('draw what a model or a run does')
    .description('Draw what an exported model, or a training run, does with test items.')
    .argument('<model>', "a folder that 'latentkit export' or 'latentkit train' wrote")
    .option('-o, --out <folder>', 'where the report goes', parseFolder, 'report');
  addDataOptions(command)
    .option('--items <n>', 'test items to measure', parseInteger, 1_000)
    .option('--seed <n>', 'seed of the samples', parseInteger, 1)
    .option('--json', 'print what was written, and the figures, as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, flags: ReportFlags) =>
      interruptible(io, 'Stopping; no report is written.', (signal) =>
        report(model, flags, signal, io),
      ),
    );
}

async function report(
  folder: string,
  flags: ReportFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  // Nothing is made before there is something to put there.
  await checkCreatable(resolve(flags.out), 'The report folder');
  checkReportFolder(flags.out);
  if (existsSync(join(folder, 'model.json')) || !existsSync(join(folder, CHECKPOINT))) {
    const card = await readCard(folder);
    const data = await loadModelData(card, flags, signal, io);
    return reportModel(folder, folder, card, data, flags, signal, io);
  }
  const scratch = await mkdtemp(join(tmpdir(), 'latentkit-report-'));
  try {
    const { exportModel, loadDataset, readRunData } = await import('@latentkit/training');
    const config = dataOfRun(folder, await readRunData(folder), flags);
    const own =
      config && (await loadDataset({ ...config, signal, onPrepare: prepareProgress(io) }));
    io.err('exporting the run …');
    const model = join(scratch, 'model');
    await exportModel({ runDir: folder, outDir: model, dataset: own, evaluate: false, signal });
    const card = await readCard(model);
    const data = own ?? (await loadModelData(card, flags, signal, io));
    await reportModel(model, folder, card, data, flags, signal, io);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const CHECKPOINT = 'checkpoint.safetensors';

/** @param called the folder that was asked for */
async function reportModel(
  model: string,
  called: string,
  card: ModelCard,
  data: Dataset,
  flags: ReportFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const training = await import('@latentkit/training');
  io.err('measuring …');
  const items = Math.min(flags.items, data.test.count);
  const measured = await training.measureModel(model, {
    data,
    which: [...(hasPrior(card) ? (['elbo'] as const) : []), 'reconstruction', 'diagnostics'],
    items,
    signal,
  });
  io.err('drawing …');
  const { loadAutoencoder } = await import('@latentkit/node');
  const { drawPictures } = await import('../report/pictures.ts');
  const { writeReport } = await import('../report/write-report.ts');
  const curve = await training.readTrainingCurve(model, card);
  await using loaded = await loadAutoencoder(model, { signal });
  const { klByDimension } = measured.diagnostics ?? {};
  const folder = resolve(flags.out);
  const files = await writeReport(folder, {
    title: card.name,
    lead: card.description ?? '',
    figures: figuresOf(measured, curve),
    pictures: await drawPictures(loaded, data.test, { seed: flags.seed, klByDimension, signal }),
    history: {
      batches: curve?.epochs.map(({ train }) => train) ?? [],
      tests: curve?.epochs.map(({ test }) => test) ?? [],
    },
    klByDimension,
    warnings: measured.warnings,
    usage: usageOf(card, called === model ? { model: resolve(called) } : { run: resolve(called) }),
    footer: `Measured on ${formatPlural(items, 'test item')}. ${measured.metrics.map(({ name, protocol }) => `${name}: ${protocol}`).join('; ')}.`,
  });
  for (const warning of measured.warnings) io.err(`warning: ${warning}`);
  if (flags.json) {
    const { metrics, diagnostics, warnings } = measured;
    const page = join(folder, 'report.html');
    const paths = files.map((file) => join(folder, file));
    io.out(JSON.stringify({ page, files: paths, items, metrics, diagnostics, warnings }, null, 2));
    return;
  }
  io.out(`${files.map((file) => displayPath(join(folder, file))).join('\n')}`);
  io.out(`Open ${pathToFileURL(join(folder, 'report.html'))}`);
}

function figuresOf({ metrics }: Measurement, curve: TrainingCurve | undefined): Figure[] {
  const seconds = curve?.epochs.reduce((sum, epoch) => sum + (epoch.seconds ?? 0), 0);
  return [
    ...metrics.slice(0, 5).map(({ name, value, unit }) => ({
      label: name,
      value: Math.abs(value) >= 100 ? formatNats(value) : String(Number(value.toPrecision(3))),
      note: unit,
    })),
    ...(curve
      ? [
          {
            label: 'Training',
            value: formatCount(curve.epochs.length),
            note: `epochs${seconds ? ` in ${formatDuration(seconds)}` : ''}`,
          },
        ]
      : []),
  ];
}
