import { type BackendName, type ResolvedConfig, resolveConfig } from '../config.ts';

/** The command that trains with these settings again; what is as by default is left out. */
export function trainCommand(config: ResolvedConfig, backend: BackendName): string {
  const standard = resolveConfig({ runDir: config.runDir });
  const { data } = config;
  const words = ['latentkit train', `--data ${data.name}`];
  const add = (flag: string, value: unknown, usual: unknown) => {
    if (value !== undefined && String(value) !== String(usual)) words.push(`${flag} ${value}`);
  };
  add('--data-seed', data.seed, 1);
  add('--train-items', data.trainCount, undefined);
  add('--test-items', data.testCount, undefined);
  add('--latent', config.latentSize, standard.latentSize);
  add('--hidden', config.hiddenSizes, standard.hiddenSizes);
  add('--likelihood', config.likelihood, standard.likelihood);
  add('--beta', config.beta, standard.beta);
  add('--learning-rate', config.learningRate, standard.learningRate);
  add('--batch', config.batchSize, standard.batchSize);
  // Always said, since the losses depend on them.
  words.push(`--epochs ${config.epochs}`, `--seed ${config.seed}`, `--backend ${backend}`);
  return words.join(' ');
}
