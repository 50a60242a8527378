import { ArgumentError, LatentkitError } from '@latentkit/core';
import { quoteArgument } from '@latentkit/system';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import type { Io } from '../io.ts';
import { parseFolder } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit adopt encoder.onnx decoder.onnx --image 28x28x1 --out models/mine
  latentkit adopt e.onnx d.onnx --image 64x64x3 --map mean=output_0 --map log_var=output_1 --out models/mine
                                             where names do not say what is what; it asks for those
  latentkit adopt e.onnx d.onnx --image 32x32x3 --range -1,1 --out models/mine
  latentkit adopt vae.onnx --image 32x32x3 --out models/mine
                                             one file that decodes as well: it is split at its latent
  latentkit adopt resnet.onnx --image 224x224x3 --map mean=features \\
      --pixel-mean 0.485,0.456,0.406 --pixel-std 0.229,0.224,0.225 --out models/mine
                                             an encoder alone, which embeds

Writes the graphs with latentkit's names, a card and golden values, and checks the model. docs/from-pytorch.md
goes the whole way, from a model in PyTorch to a page.`;

interface AdoptFlags {
  readonly image: string;
  readonly out: string;
  readonly map?: Record<string, string>;
  readonly pixelMean?: number[];
  readonly pixelStd?: number[];
  readonly range?: [number, number];
  readonly layout?: 'HWC' | 'CHW';
  readonly name?: string;
}

function parseMap(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const [, role, name] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (role === undefined || name === undefined) {
    throw new InvalidArgumentError('Expected ROLE=NAME, such as mean=output_0.');
  }
  return { ...earlier, [role]: name };
}

function parseRange(text: string): [number, number] {
  const [low, high, ...more] = text.split(',').map(Number);
  if (low === undefined || high === undefined || more.length > 0 || !(low < high)) {
    throw new InvalidArgumentError(
      'Expected two numbers, the lower one first, such as 0,1 or -1,1.',
    );
  }
  return [low, high];
}

function parseNumbers(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((value) => Number.isFinite(value))) return numbers;
  throw new InvalidArgumentError('Expected a number, or one a channel: 0.485,0.456,0.406.');
}

export function addAdopt(program: Command, io: Io): void {
  program
    .command('adopt')
    .summary('make a model of ONNX files from elsewhere')
    .description(
      'Make a model of an encoder and a decoder in ONNX, or an encoder alone, from PyTorch or elsewhere.',
    )
    .argument('<encoder>', 'an ONNX file that makes latents of items, and may decode them')
    .argument('[decoder]', 'an ONNX file that makes items of latents')
    .requiredOption('--image <size>', 'height, width and channels: 64x64x3')
    .requiredOption('-o, --out <folder>', 'the folder of the model', parseFolder)
    .option('--map <role=name>', 'the name of a role in the files; repeatable', parseMap)
    .option('--range <low,high>', 'values that pixels become (default: 0,1)', parseRange)
    .option('--pixel-mean <numbers>', 'subtracted in training: taken into the graphs', parseNumbers)
    .option('--pixel-std <numbers>', 'divided by in training, after that', parseNumbers)
    .addOption(
      new Option('--layout <layout>', 'order of the elements of a flat input').choices([
        'HWC',
        'CHW',
      ]),
    )
    .option('--name <name>', 'the name on the card (default: the folder)')
    .addHelpText('after', EXAMPLES)
    .action((encoder: string, decoder: string | undefined, flags: AdoptFlags) =>
      adopt(encoder, decoder, flags, io),
    );
}

/** The library's name for what is subtracted and divided by, as the options of the command. */
function inOptions(error: unknown): unknown {
  if (!ArgumentError.isInstance(error) || error.argument !== 'normalise') return error;
  const { message } = error;
  return new LatentkitError(
    error.code,
    message.replace('normalise', '--pixel-mean and --pixel-std'),
    {
      cause: error,
    },
  );
}

async function adopt(
  encoder: string,
  decoder: string | undefined,
  { pixelMean, pixelStd, ...flags }: AdoptFlags,
  io: Io,
): Promise<void> {
  const normalise = (pixelMean || pixelStd) && {
    mean: pixelMean ?? [0],
    std: pixelStd ?? (pixelMean ?? []).map(() => 1),
  };
  const { adoptModel, checkModels, formatReport } = await import('@latentkit/check');
  const { notes } = await adoptModel({ ...flags, encoder, decoder, normalise }).catch((error) => {
    throw inOptions(error);
  });
  for (const note of notes) io.err(note);
  const report = await checkModels([flags.out]);
  io.out(formatReport(report, 'human').trimEnd());
  if (!report.passed) {
    io.err(
      `${flags.out} holds the model as it is, which does not pass: do not use it. Adopt it again into the same folder, ` +
        'with what is said above, which replaces it; or delete the folder.',
    );
    throw new Exit(EXIT.failure);
  }
  io.out(`Next:  npx latentkit info ${quoteArgument(flags.out)}`);
}
