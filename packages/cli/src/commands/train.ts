import type { ResumeConfig, TrainConfig, TrainResult } from '@latentkit/training';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import { formatNats, formatPlural, quoteArgument } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, modelSettings } from '../model-options.ts';
import { parseInteger, parseNumber } from '../options.ts';
import { createTrainProgress } from '../progress/train-progress.ts';

const EXAMPLES = `
Examples:
  latentkit train                                   the default: drawn digits, 10 epochs, in runs/strokes
  latentkit train --data mnist --latent 2           MNIST in a latent plane
  latentkit train --family vq-vae --data mnist      a grid of codes instead of numbers
  latentkit train --epochs 30 --out runs/strokes --resume
                                                    go on to 30 epochs in all

The run folder gets checkpoint.safetensors (each epoch, and on Ctrl-C) and log.jsonl. The same seed and
engine give the same losses, also across --resume.`;

interface TrainFlags {
  readonly data?: string;
  readonly dataDir?: string;
  readonly dataSeed?: number;
  readonly trainItems?: number;
  readonly testItems?: number;
  readonly binarise?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly rateSchedule?: string;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly clipNorm?: number;
  readonly weightAverage?: number;
  readonly seed?: number;
  readonly engine?: string;
  readonly backend?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** What a resumed run may be given anew; everything else comes from its checkpoint. */
const RESUMABLE = new Set(['resume', 'out', 'epochs', 'engine', 'backend', 'dataDir', 'json']);

export function addTrain(program: Command, io: Io): void {
  const command = program
    .command('train')
    .summary('train an autoencoder')
    .description('Train an autoencoder, with checkpoints, and go on from one.')
    .optionsGroup('Data:')
    .option('--data <name>', 'strokes (drawn in code) or mnist (default: strokes)')
    .option(
      '--data-dir <folder>',
      'where the MNIST files are (default: $LATENTKIT_MNIST_DIR, or downloaded)',
    )
    .option('--data-seed <n>', 'seed of generated data (default: 1)', parseInteger)
    .option(
      '--train-items <n>',
      'train on so many (default: 10000 strokes, all mnist)',
      parseInteger,
    )
    .option('--test-items <n>', 'test on so many (default: 2000 strokes, all mnist)', parseInteger)
    .option(
      '--binarise <name>',
      'grey values as they are, or drawn to 0 or 1: none, static or dynamic (default: none)',
    )
    .optionsGroup('Model:');
  addModelOptions(command)
    .optionsGroup('Optimisation:')
    .option('--epochs <n>', 'passes over the training items (default: 10)', parseInteger)
    .option('--batch <n>', 'items a step (default: 128)', parseInteger)
    .option('--optimizer <name>', 'adam, adamw or sgd (default: adam)')
    .option('--learning-rate <x>', 'step size (default: 0.001)', parseNumber)
    .option('--rate-schedule <name>', 'constant or cosine (default: constant)')
    .option('--weight-decay <x>', 'adamw: share of a weight taken off (default: 0.01)', parseNumber)
    .option(
      '--momentum <x>',
      'sgd: share of the last change that goes on (default: 0.9)',
      parseNumber,
    )
    .option(
      '--clip-norm <x>',
      'shorten longer gradients to this length (default: off)',
      parseNumber,
    )
    .option(
      '--weight-average <decay>',
      'test and export a moving average of the weights, 0.999 say (default: off)',
      parseNumber,
    )
    .option('--seed <n>', 'seed of weights, order and noise (default: 1)', parseInteger)
    .option('--engine <name>', 'auto, onnx or tfjs (default: auto, the fastest there is)')
    .option('--backend <name>', "the tfjs engine's: auto, tfjs-node, wasm or cpu (default: auto)")
    .optionsGroup('Run:')
    .option('-o, --out <folder>', 'the run folder (default: runs/<data>)')
    .option('--resume', 'go on from the checkpoint in the run folder')
    .option('--overwrite', 'start anew where a run is already')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action((flags: TrainFlags) => train(flags, command, io));
}

async function train(flags: TrainFlags, command: Command, io: Io): Promise<void> {
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  const fixed = Object.keys(flags).filter((name) => given(name) && !RESUMABLE.has(name));
  if (flags.resume && fixed.length > 0) {
    const options = command.options.filter((option) => fixed.includes(option.attributeName()));
    command.error(
      `error: a resumed run keeps its settings; leave out ${options.map(({ long }) => long).join(', ')}`,
    );
  }
  const runDir = flags.out ?? `runs/${flags.data ?? 'strokes'}`;
  // Loaded here, so that help and usage errors do not wait for tfjs.
  const training = await import('@latentkit/training');
  const result = await interruptible(io, async (signal) => {
    const progress = createTrainProgress(io, signal);
    const hooks = { signal, onEvent: progress.onEvent };
    try {
      return flags.resume
        ? await training.resumeTraining(resumeConfigOf(flags, runDir), hooks)
        : await training.train(configOf(flags, command, runDir), {
            ...hooks,
            overwrite: flags.overwrite,
          });
    } finally {
      progress.close();
    }
  });
  report(result, runDir, flags.json === true, io);
}

/** The library checks the values, so that it and the command say the same. */
function configOf(flags: TrainFlags, command: Command, runDir: string): TrainConfig {
  return {
    runDir,
    data: {
      name: (flags.data ?? 'strokes') as 'strokes' | 'mnist',
      dataDir: flags.dataDir,
      seed: flags.dataSeed,
      trainCount: flags.trainItems,
      testCount: flags.testItems,
    },
    ...modelSettings(command),
    binarise: flags.binarise as TrainConfig['binarise'],
    optimizer: flags.optimizer as TrainConfig['optimizer'],
    learningRate: flags.learningRate,
    rateSchedule: flags.rateSchedule as TrainConfig['rateSchedule'],
    weightDecay: flags.weightDecay,
    momentum: flags.momentum,
    clipNorm: flags.clipNorm,
    weightAverage: flags.weightAverage,
    batchSize: flags.batch,
    epochs: flags.epochs,
    seed: flags.seed,
    engine: flags.engine as TrainConfig['engine'],
    backend: flags.backend as TrainConfig['backend'],
  };
}

function resumeConfigOf(flags: TrainFlags, runDir: string): ResumeConfig {
  return {
    runDir,
    epochs: flags.epochs,
    engine: flags.engine as ResumeConfig['engine'],
    backend: flags.backend as ResumeConfig['backend'],
    dataDir: flags.dataDir,
  };
}

function report(result: TrainResult, runDir: string, json: boolean, io: Io): void {
  const { reason, step, checkpoint, engine, history } = result;
  const last = history.at(-1);
  if (json) {
    io.out(
      JSON.stringify({ runDir: result.runDir, reason, step, checkpoint, engine, history }, null, 2),
    );
  }
  if (reason === 'aborted') {
    io.err(
      `Stopped after step ${step}. The checkpoint is ${checkpoint}. Go on with:\n` +
        `  latentkit train --out ${quoteArgument(runDir)} --resume`,
    );
    throw new Exit(EXIT.interrupted);
  }
  if (json || !last) return;
  const { loss, reconstruction, kl } = last.test;
  io.out(
    `Trained ${formatPlural(last.epoch, 'epoch')} in ${runDir}: test loss ${formatNats(loss)} nats an item ` +
      `(reconstruction ${formatNats(reconstruction)} + KL ${formatNats(kl)}).\n` +
      `Next:  latentkit export ${quoteArgument(runDir)} --out ${quoteArgument(`models/${result.config.data.name}`)}`,
  );
}
