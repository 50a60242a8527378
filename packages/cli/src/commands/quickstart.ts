import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Autoencoder } from '@latentkit/core';
import { formatPlural, quoteArgument } from '@latentkit/system';
import type { Dataset, ExportReport, Terms, TrainConfig, TrainResult } from '@latentkit/training';
import { SETTINGS as TABLE } from '@latentkit/training/settings';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import {
  displayPath,
  formatBytes,
  formatColumns,
  formatCount,
  formatDuration,
  formatNats,
} from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { quoted } from '../model/usage.ts';
import { parseFolder, parseInteger } from '../options.ts';
import { checkReportFolder } from '../pictures/report-folder.ts';
import { createTrainProgress } from '../progress/train-progress.ts';
import type { Figure } from '../report/page.ts';
import { describeExport } from './export.ts';

const EXAMPLES = `
Examples:
  latentkit quickstart                  about a minute; then open out/report.html
  latentkit quickstart --epochs 40      better pictures, for more patience

Writes into the output folder: model/ (ONNX files with their card), run/ (checkpoint and log), PNGs, and
report.html, which holds everything it shows.`;

/** Small batches at a high rate: the most out of few passes. */
const SETTINGS = { batchSize: 64, learningRate: 2e-3, testItems: 1_000 } as const;

/** Ends of the interpolations, by digit. */
const PATHS = [
  [3, 8],
  [4, 9],
  [1, 7],
  [0, 6],
] as const;

interface QuickstartFlags {
  readonly out: string;
  readonly epochs: number;
  readonly trainItems: number;
  readonly seed: number;
  readonly engine: string;
  readonly backend: string;
}

export function addQuickstart(program: Command, io: Io): void {
  const command = program
    .command('quickstart')
    .summary('train, export and use a small model, and draw what it does')
    .description(
      'Train on digits drawn in code, export to ONNX, use the export in Node, draw a report.',
    )
    .option('-o, --out <folder>', 'where everything goes', parseFolder, 'out')
    .option('--epochs <n>', 'passes over the training items', parseInteger, 10)
    .option('--train-items <n>', 'digits to draw for training', parseInteger, 8_000)
    .option('--seed <n>', 'seed of everything random', parseInteger, 1)
    .option('--engine <name>', 'auto, onnx or tfjs', 'auto')
    .option('--backend <name>', "the tfjs engine's: auto, tfjs-node, wasm or cpu", 'auto')
    .addHelpText('after', EXAMPLES)
    .action((flags: QuickstartFlags) =>
      interruptible(io, 'Stopping after this step.', (signal) => quickstart(flags, signal, io)),
    );
  offerValues(command, {
    '--engine': TABLE.engine.domain.names ?? [],
    '--backend': TABLE.backend.domain.names ?? [],
  });
}

async function quickstart(flags: QuickstartFlags, signal: AbortSignal, io: Io): Promise<void> {
  const started = performance.now();
  const folder = resolve(flags.out);
  const modelDir = join(folder, 'model');

  checkReportFolder(flags.out, ['report.html', 'run']);
  io.err('1/4  Train a variational autoencoder on digits drawn in code');
  const training = await import('@latentkit/training');
  const { result, batches } = await trainModel(flags, folder, signal, io);
  if (result.reason === 'aborted') {
    io.err(`Stopped after step ${result.step}; nothing was exported.`);
    throw new Exit(EXIT.interrupted);
  }
  const trainSeconds = (performance.now() - started) / 1000;

  io.err('\n2/4  Export it to ONNX');
  const dataset = await training.loadDataset({ ...result.config.data, signal });
  const exported = await training.exportModel({
    runDir: result.runDir,
    outDir: modelDir,
    name: 'quickstart-vae',
    dataset,
    signal,
  });
  io.err(describeExport(exported));

  io.err('\n3/4  Load the export in Node and use it');
  const { loadAutoencoder } = await import('@latentkit/node');
  const vae = await loadAutoencoder(modelDir, { signal });
  try {
    const speed = await embeddingSpeed(vae, dataset);
    io.err(
      `  runs on ${vae.device.name}, embeds ${formatCount(speed)} images a second in batches of 64`,
    );

    io.err('\n4/4  Draw the report');
    const { drawPictures } = await import('../report/pictures.ts');
    const { writeReport } = await import('../report/write-report.ts');
    const seconds = (performance.now() - started) / 1000;
    const figures = figuresOf({ result, exported, vae, speed, trainSeconds });
    const files = await writeReport(folder, {
      title: 'Your first autoencoder',
      lead:
        `A variational autoencoder, trained on ${formatCount(dataset.train.count)} drawn digits in TypeScript, ` +
        `exported to ONNX, and run from there by @latentkit/node. It all took ${formatDuration(seconds)}.`,
      figures,
      pictures: await drawPictures(vae, dataset.test, { seed: flags.seed, paths: PATHS, signal }),
      history: { batches, tests: result.history.map(({ test }) => test) },
      usage: usageOf(displayPath(modelDir), exported.card.latent.size),
      footer: protocolOf(exported),
    });
    io.err(`  ${files.join('  ')}`);

    const rows = figures.map(({ label, value, note }) => [label, value, note]);
    io.out(`\n${formatColumns(rows)}\n\nOpen ${pathToFileURL(join(folder, 'report.html'))}`);
    io.out(
      `The model is in ${displayPath(modelDir)}; look at it with:  npx latentkit info ${quoteArgument(displayPath(modelDir))}`,
    );
  } finally {
    await vae.dispose();
  }
}

async function trainModel(
  flags: QuickstartFlags,
  folder: string,
  signal: AbortSignal,
  io: Io,
): Promise<{ result: TrainResult; batches: Terms[] }> {
  const { train } = await import('@latentkit/training');
  const config: TrainConfig = {
    runDir: join(folder, 'run'),
    data: {
      name: 'strokes',
      seed: flags.seed,
      trainCount: flags.trainItems,
      testCount: SETTINGS.testItems,
    },
    engine: flags.engine as TrainConfig['engine'],
    backend: flags.backend as TrainConfig['backend'],
    batchSize: SETTINGS.batchSize,
    learningRate: SETTINGS.learningRate,
    epochs: flags.epochs,
    seed: flags.seed,
  };
  const progress = createTrainProgress(io, signal);
  const batches: Terms[] = [];
  try {
    const result = await train(config, {
      // The folder is the quickstart's own: an earlier run in it is an earlier quickstart.
      overwrite: true,
      signal,
      onEvent(event) {
        if (event.type === 'step' && event.batch) batches.push(event.batch);
        progress.onEvent(event);
      },
    });
    return { result, batches };
  } finally {
    progress.close();
  }
}

/** Images a second through the encoder, the median of several passes over the test items. */
async function embeddingSpeed(vae: Autoencoder, { test }: Dataset): Promise<number> {
  const { readItems } = await import('@latentkit/data');
  const rows = Math.min(64, test.count);
  const batch = readItems(test, 0, rows);
  const times: number[] = [];
  for (let i = 0; i < 25; i++) {
    const begin = performance.now();
    await vae.encoder.embed(batch);
    times.push(performance.now() - begin);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
  return Number(((rows / median) * 1000).toPrecision(2));
}

interface Done {
  readonly result: TrainResult;
  readonly exported: ExportReport;
  readonly vae: Autoencoder;
  readonly speed: number;
  readonly trainSeconds: number;
}

function figuresOf({ result, exported, vae, speed, trainSeconds }: Done): Figure[] {
  const { card, files } = exported;
  const metric = (name: string) => card.metrics.find((it) => it.name === name)?.value ?? Number.NaN;
  const bytes = (files['encoder.onnx'] ?? 0) + (files['decoder.onnx'] ?? 0);
  return [
    {
      label: 'Test loss',
      value: formatNats(metric('test loss')),
      note: `nats an image: reconstruction ${formatNats(metric('test reconstruction'))} + KL ${formatNats(metric('test KL'))}`,
    },
    {
      label: 'Training',
      value: formatDuration(trainSeconds),
      note: `${formatPlural(result.history.length, 'epoch')} on ${result.engine.backend ?? result.engine.name}`,
    },
    {
      label: 'Model',
      value: formatBytes(bytes),
      note: `two ONNX files, a latent of ${card.latent.size}`,
    },
    {
      label: 'Embedding',
      value: `${formatCount(speed)}/s`,
      note: `images in Node on ${vae.device.name}, batches of 64`,
    },
  ];
}

function usageOf(model: string, latentSize: number): string {
  return `import { loadAutoencoder } from '@latentkit/node';

const vae = await loadAutoencoder(${quoted(model)});
const images = await vae.sample(16, { seed: 7 });          // 16 new digits: images.mean.data
const embedded = await vae.encoder.embed(images.mean);     // 16 × ${latentSize} numbers
await vae.dispose();`;
}

function protocolOf({ card }: ExportReport): string {
  const loss = card.metrics.find(({ name }) => name === 'test loss');
  return loss ? `Test loss: ${loss.protocol}.` : '';
}
