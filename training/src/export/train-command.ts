import { type ResolvedConfig, resolveConfig } from '../config.ts';
import type { Checkpoint } from '../run/checkpoint.ts';

/** The command's flags for what a model, its objective and its optimiser are made of. */
export const SETTING_FLAGS = {
  '--architecture': 'architecture',
  '--latent': 'latentSize',
  '--hidden': 'hiddenSizes',
  '--channels': 'channels',
  '--likelihood': 'likelihood',
  '--sigma': 'sigma',
  '--beta': 'beta',
  '--beta-schedule': 'betaSchedule',
  '--warm-up': 'warmUpEpochs',
  '--free-bits': 'freeBits',
  '--capacity': 'capacity',
  '--samples': 'samples',
  '--levels': 'levels',
  '--flow': 'flow',
  '--flow-steps': 'flowSteps',
  '--flow-hidden': 'flowHidden',
  '--codes': 'codes',
  '--code-size': 'codeSize',
  '--commitment': 'commitment',
  '--codebook-decay': 'codebookDecay',
  '--prior-channels': 'priorChannels',
  '--prior-depth': 'priorDepth',
  '--binarise': 'binarise',
  '--rate-schedule': 'rateSchedule',
  '--weight-decay': 'weightDecay',
  '--momentum': 'momentum',
  '--clip-norm': 'clipNorm',
  '--weight-average': 'weightAverage',
} as const satisfies Record<string, keyof ResolvedConfig>;

/** The command that trains with these settings again; what is as by default is left out. */
export function trainCommand(
  config: ResolvedConfig,
  { engine, backend }: Pick<Checkpoint, 'engine' | 'backend'>,
): string {
  const standard = resolveConfig({
    runDir: config.runDir,
    family: config.family,
    optimizer: config.optimizer,
    epochs: config.epochs,
  });
  const { data } = config;
  const words = ['latentkit train', `--data ${data.name}`];
  const add = (flag: string, value: unknown, usual: unknown) => {
    if (value !== undefined && String(value) !== String(usual)) words.push(`${flag} ${value}`);
  };
  add('--data-seed', data.seed, 1);
  add('--train-items', data.trainCount, undefined);
  add('--test-items', data.testCount, undefined);
  add('--family', config.family, 'vae');
  add('--optimizer', config.optimizer, 'adam');
  for (const [flag, setting] of Object.entries(SETTING_FLAGS)) {
    add(flag, config[setting], standard[setting]);
  }
  if (!config.centre) words.push('--no-centre');
  add('--learning-rate', config.learningRate, standard.learningRate);
  add('--batch', config.batchSize, standard.batchSize);
  // Always said, since the losses depend on them.
  words.push(
    `--epochs ${config.epochs}`,
    `--seed ${config.seed}`,
    backend ? `--backend ${backend}` : `--engine ${engine}`,
  );
  return words.join(' ');
}
