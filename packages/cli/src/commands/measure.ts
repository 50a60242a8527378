import type { Measure, Metric } from '@latentkit/training';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { formatColumns } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { readCard } from '../model/model-files.ts';
import { addDataOptions, type DataFlags, loadModelData } from '../model-data.ts';
import { parseInteger } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit measure models/mnist-vae                        all that is quick to measure
  latentkit measure models/mine --only nll --items 1000     likelihood by importance sampling
  latentkit measure models/mine --record                    put the figures on the card

Groups: elbo, nll (minutes), reconstruction, diagnostics, frechet and recognition (digits), disentanglement
(data with known factors), anomaly. Everything is computed from the exported files.`;

interface MeasureFlags extends DataFlags {
  readonly only?: string;
  readonly items?: number;
  readonly importanceSamples?: number;
  readonly anomaly?: string;
  readonly seed?: number;
  readonly record?: boolean;
  readonly json?: boolean;
}

/** Of training's own list, which takes long to load. */
const MEASURES: readonly Measure[] = [
  ...(['elbo', 'nll', 'reconstruction', 'diagnostics', 'frechet'] as const),
  ...(['recognition', 'disentanglement', 'anomaly'] as const),
];

export function addMeasure(program: Command, io: Io): void {
  const command = program
    .command('measure')
    .summary('measure an exported model on test data')
    .description('Measure an exported model on the test items of a data set.')
    .argument('<model>', "a folder that 'latentkit export' wrote")
    .option('--only <group,…>', 'what to measure (default: all that applies and is quick)');
  offerValues(command, { '--only': MEASURES });
  addDataOptions(command)
    .option('--items <n>', 'the first so many test items (default: all)', parseInteger)
    .option('--importance-samples <n>', 'samples an item for nll (default: 5000)', parseInteger)
    .option(
      '--anomaly <class>',
      'the class that was left out of training, by name or number (default: as the card says)',
    )
    .option('--seed <n>', 'seed of all draws (default: 0)', parseInteger)
    .option('--record', 'put the figures on the card and in the README of the model')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, flags: MeasureFlags) =>
      interruptible(io, 'Stopping; nothing is recorded.', (signal) =>
        measure(model, flags, signal, io),
      ),
    );
}

async function measure(
  model: string,
  flags: MeasureFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const card = await readCard(model);
  const training = await import('@latentkit/training');
  const data = await loadModelData(card, flags, signal, io);
  const { metrics, diagnostics, warnings } = await training.measureModel(model, {
    data,
    which: flags.only?.split(',') as Measure[] | undefined,
    items: flags.items,
    importanceSamples: flags.importanceSamples,
    anomaly: flags.anomaly,
    seed: flags.seed,
    signal,
    onMeasure: (group) => io.err(`measuring ${group} …`),
  });
  if (flags.record) await training.recordMetrics(model, [...metrics]);
  io.out(
    flags.json ? JSON.stringify({ metrics, diagnostics, warnings }, null, 2) : describe(metrics),
  );
  for (const warning of warnings) io.err(`warning: ${warning}`);
}

function describe(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, value, unit }) => [name, value.toPrecision(6), unit]);
  const protocols = metrics.map(({ name, protocol }) => `  ${name}: ${protocol}`);
  return `${formatColumns(rows)}\n\nProtocols:\n${protocols.join('\n')}`;
}
