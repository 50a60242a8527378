import type { TrainConfig } from '@latentkit/training';
import type { Command } from 'commander';
import { parseInteger, parseIntegers, parseNumber, parseSigma } from './options.ts';

interface ModelOption {
  readonly flags: string;
  readonly help: string;
  /** The setting that the option stands for. */
  readonly setting: keyof TrainConfig;
  readonly parse?: (text: string) => unknown;
}

/** Options that make a model what it is; those of one family are named after it. */
const MODEL_OPTIONS: readonly ModelOption[] = [
  {
    flags: '--family <name>',
    help: 'ae, vae, beta-vae, iwae, cvae, hierarchical, flow or vq-vae (default: vae)',
    setting: 'family',
  },
  {
    flags: '--architecture <name>',
    help: 'mlp, or conv (default: mlp; conv for vq-vae)',
    setting: 'architecture',
  },
  {
    flags: '--latent <n>',
    help: 'dimensions of the latent (default: 20)',
    setting: 'latentSize',
    parse: parseInteger,
  },
  {
    flags: '--hidden <n,…>',
    help: 'units of the hidden layers of the encoder (default: 400)',
    setting: 'hiddenSizes',
    parse: parseIntegers,
  },
  {
    flags: '--channels <n,…>',
    help: 'channels of the convolutions, each halving the size (default: 32,64)',
    setting: 'channels',
    parse: parseIntegers,
  },
  {
    flags: '--no-centre',
    help: 'give the encoder items as they are, not less the mean of the training items',
    setting: 'centre',
  },
  {
    flags: '--likelihood <name>',
    help: 'bernoulli, continuous-bernoulli or gaussian (default: bernoulli; gaussian for vq-vae)',
    setting: 'likelihood',
  },
  {
    flags: '--sigma <x>',
    help: 'σ of the gaussian likelihood, or learned (default: 1; 0.1 for vq-vae)',
    setting: 'sigma',
    parse: parseSigma,
  },
  {
    flags: '--beta <x>',
    help: 'weight of the KL term (default: 1; 4 for beta-vae)',
    setting: 'beta',
    parse: parseNumber,
  },
  {
    flags: '--beta-schedule <name>',
    help: 'constant, warm-up or cyclical (default: constant)',
    setting: 'betaSchedule',
  },
  {
    flags: '--warm-up <epochs>',
    help: 'epochs in which β and the capacity rise (default: a tenth of the run)',
    setting: 'warmUpEpochs',
    parse: parseNumber,
  },
  {
    flags: '--free-bits <nats>',
    help: 'nats that each dimension may carry for free (default: 0)',
    setting: 'freeBits',
    parse: parseNumber,
  },
  {
    flags: '--capacity <nats>',
    help: 'pull the KL to so many nats instead of 0',
    setting: 'capacity',
    parse: parseNumber,
  },
  {
    flags: '--samples <n>',
    help: 'iwae: posterior draws an item (default: 5)',
    setting: 'samples',
    parse: parseInteger,
  },
  {
    flags: '--levels <n,…>',
    help: 'hierarchical: dimensions of each level, topmost first (default: 8,16,32)',
    setting: 'levels',
    parse: parseIntegers,
  },
  { flags: '--flow <name>', help: 'flow: planar or iaf (default: iaf)', setting: 'flow' },
  {
    flags: '--flow-steps <n>',
    help: 'flow: transformations in a row (default: 4)',
    setting: 'flowSteps',
    parse: parseInteger,
  },
  {
    flags: '--flow-hidden <n>',
    help: 'flow: hidden units of each step (default: 128)',
    setting: 'flowHidden',
    parse: parseInteger,
  },
  {
    flags: '--codes <n>',
    help: 'vq-vae: entries of the codebook (default: 128)',
    setting: 'codes',
    parse: parseInteger,
  },
  {
    flags: '--code-size <n>',
    help: 'vq-vae: dimensions of an entry (default: 16)',
    setting: 'codeSize',
    parse: parseInteger,
  },
  {
    flags: '--commitment <x>',
    help: 'vq-vae: weight of the commitment term (default: 0.25)',
    setting: 'commitment',
    parse: parseNumber,
  },
  {
    flags: '--codebook-decay <x>',
    help: 'vq-vae: decay of the codebook averages (default: 0.99)',
    setting: 'codebookDecay',
    parse: parseNumber,
  },
  {
    flags: '--prior-channels <n>',
    help: 'vq-vae: channels of the prior over codes (default: 64)',
    setting: 'priorChannels',
    parse: parseInteger,
  },
  {
    flags: '--prior-depth <n>',
    help: 'vq-vae: residual layers of the prior (default: 3)',
    setting: 'priorDepth',
    parse: parseInteger,
  },
];

/** The flags of {@link MODEL_OPTIONS}, by setting; the library checks the values. */
export type ModelFlags = Readonly<Record<string, unknown>>;

export function addModelOptions(command: Command): Command {
  for (const { flags, help, parse } of MODEL_OPTIONS) {
    if (parse) command.option(flags, help, parse);
    else command.option(flags, help);
  }
  return command;
}

/** The settings of a model that were given on the command line. */
export function modelSettings(command: Command): Partial<TrainConfig> {
  const given = MODEL_OPTIONS.flatMap(({ flags, setting }) => {
    const long = flags.split(' ')[0];
    const option = command.options.find((candidate) => candidate.long === long);
    const name = option?.attributeName() ?? '';
    // An option that is switched off by `--no-…` has a default of its own.
    return command.getOptionValueSource(name) === 'cli'
      ? [[setting, command.getOptionValue(name)]]
      : [];
  });
  return Object.fromEntries(given);
}
