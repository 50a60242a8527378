import { basename } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { formatPlural, quoteArgument } from '@latentkit/system';
import type {
  DatasetConfig,
  ResumeConfig,
  TrainConfig,
  TrainEvent,
  TrainResult,
} from '@latentkit/training';
import { DATA_SETTINGS, nameOrPath, SETTING_GROUPS, SETTINGS } from '@latentkit/training/settings';
import type { Command } from 'commander';
import { runFolder } from '../data-name.ts';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import { formatNats } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { parseFolder } from '../options.ts';
import { keepDataApart } from '../pictures/picture-inputs.ts';
import { drawsOf, testLossParts } from '../progress/loss-parts.ts';
import { createTrainProgress } from '../progress/train-progress.ts';
import { addSettingOptions, givenSettings, keptFlags } from '../setting-options.ts';

const EXAMPLES = `
Examples:
  latentkit train                                   the default: drawn digits, 10 epochs, in runs/strokes
  latentkit train --data mnist --latent 2           MNIST in a latent plane
  latentkit train --family vq-vae --data mnist      a grid of codes instead of numbers
  latentkit train --data ./photos --image 64x64 --architecture conv
                                                    pictures of your own (see latentkit data --help)
  latentkit train --from models/mine --data ./more --out runs/more
                                                    fine-tune a model on other pictures
  latentkit train --epochs 30 --out runs/strokes --resume
                                                    go on to 30 epochs in all

The run folder gets checkpoint.safetensors (each epoch, and on Ctrl-C) and log.jsonl. The same seed and
engine give the same losses, also across --resume.`;

interface TrainFlags {
  readonly out?: string;
  readonly from?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function addTrain(program: Command, io: Io): void {
  const command = program
    .command('train')
    .summary('train an autoencoder')
    .description('Train an autoencoder, with checkpoints, and go on from one.');
  for (const { title, table } of SETTING_GROUPS) {
    addSettingOptions(command.optionsGroup(`${title}:`), table);
  }
  command
    .optionsGroup('Run:')
    .option('-o, --out <folder>', 'the run folder (default: runs/<data>)', parseFolder)
    .option('--from <model>', 'go on from an exported model: its folder or URL; needs --data')
    .option('--resume', 'go on from the checkpoint in the run folder')
    .option('--overwrite', 'start anew where a run is already')
    .option('--json', 'print the result as JSON')
    // Refused by words of its own: other verbs name pictures without an option.
    .allowExcessArguments()
    .addHelpText('after', EXAMPLES)
    .action((flags: TrainFlags) => train(flags, command, io));
}

async function train(flags: TrainFlags, command: Command, io: Io): Promise<void> {
  const [extra] = command.args;
  if (extra !== undefined) {
    command.error(`error: expected options alone: --data ${quoteArgument(extra)} trains on it`);
  }
  const kept = SETTING_GROUPS.flatMap(({ table }) => keptFlags(command, table));
  if (flags.overwrite) kept.push('--overwrite');
  if (flags.from !== undefined) kept.push('--from');
  if (flags.resume && kept.length > 0) {
    command.error(`error: a resumed run keeps its settings; leave out ${kept.join(', ')}`);
  }
  // The library checks the values, so that it and the command say the same.
  const given = givenSettings(command, DATA_SETTINGS);
  const data = { ...given, ...nameOrPath(given['name'] as string | undefined) };
  if (flags.from !== undefined && data.name === undefined && data['dataDir'] === undefined) {
    command.error('error: --from needs --data: a model brings no data to go on with');
  }
  const settings = givenSettings(command, SETTINGS) as Partial<TrainConfig>;
  const { name = DATA_SETTINGS.name.standard as DatasetConfig['name'], dataDir } = data;
  const runDir = flags.out ?? runFolder({ name, dataDir });
  if (dataDir !== undefined && !flags.resume) keepDataApart(runDir, dataDir as string);
  let began: number | undefined;
  const result = await interruptible(io, 'Stopping after this step.', async (signal) => {
    // Loaded here, so that help and usage errors do not wait for tfjs, and Ctrl-C meanwhile is answered.
    const training = await import('@latentkit/training');
    throwIfAborted(signal, 'Training');
    const progress = createTrainProgress(io, signal);
    const onEvent = (event: TrainEvent) => {
      if (event.type === 'start') began = event.resumedAtStep;
      progress.onEvent(event);
    };
    const hooks = { signal, onEvent };
    try {
      return flags.resume
        ? await training.resumeTraining(
            { ...settings, runDir, dataDir, memory: data.memory } as ResumeConfig,
            hooks,
          )
        : await training.train(
            {
              ...settings,
              runDir,
              data:
                flags.from !== undefined && data.name === undefined ? undefined : { ...data, name },
              from: flags.from,
            },
            { ...hooks, overwrite: flags.overwrite },
          );
    } catch (error) {
      throw inOptions(error, runDir);
    } finally {
      progress.close();
    }
  });
  if (result.reason === 'finished' && result.step === began) {
    io.err(`Nothing was left to train: ${whyOver(result)}`);
  }
  report(result, runDir, flags.json === true, io);
}

/** Why a run had nothing left, and what would take it further. */
function whyOver({ best, history, config }: TrainResult): string {
  const after = history.length - (best?.epoch ?? history.length);
  return config.patience !== undefined && after >= config.patience
    ? `its ${formatPlural(after, 'last epoch')} did not better epoch ${best?.epoch} on the validation items, and --patience is ${config.patience}. A larger one goes on.`
    : '--epochs counts from the start of the run.';
}

/** The library's words for a folder that holds a run already, by the options of the command. */
function inOptions(error: unknown, runDir: string): unknown {
  if (!ArgumentError.isInstance(error) || error.argument !== 'run folder') return error;
  const wanted =
    'a folder without a run (--resume goes on with the one that is there, --overwrite starts anew, --out names another folder)';
  return new ArgumentError('run folder', wanted, runDir, { cause: error });
}

function report(result: TrainResult, runDir: string, json: boolean, io: Io): void {
  const { reason, step, checkpoint, engine, history, best, config } = result;
  const last = history.at(-1);
  if (json) {
    io.out(
      JSON.stringify(
        { runDir: result.runDir, reason, step, checkpoint, engine, history, best },
        null,
        2,
      ),
    );
  }
  if (reason === 'aborted') {
    io.err(
      `Stopped after step ${step}. The checkpoint is ${checkpoint}. Go on with:\n` +
        `  npx latentkit train --out ${quoteArgument(runDir)} --resume`,
    );
    throw new Exit(EXIT.interrupted);
  }
  if (json || !last) return;
  // What is told is what is exported.
  const kept = history.find(({ epoch }) => epoch === best?.epoch) ?? last;
  const parts = testLossParts(kept.test, config).map((part) => part.join(' '));
  const draws = drawsOf(config);
  const loss = draws > 1 ? `test loss, the bound of ${draws} draws,` : 'test loss';
  const which =
    kept === last ? loss : `epoch ${kept.epoch} was the best on the validation items, ${loss}`;
  io.out(
    `Trained ${formatPlural(last.epoch, 'epoch')} in ${runDir}: ${which} ${formatNats(kept.test.loss)} nats an item ` +
      `(${parts.join(' + ')}).\n` +
      `Next:  npx latentkit export ${quoteArgument(runDir)} --out ${quoteArgument(`models/${basename(result.runDir)}`)}`,
  );
}
