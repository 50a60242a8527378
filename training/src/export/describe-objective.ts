import { formatPlural } from '@latentkit/system';
import type { ResolvedConfig } from '../settings/config.ts';

/** What was minimised, and how, in words. */
export function describeObjective(config: ResolvedConfig): string {
  const { family, beta, freeBits, capacity, binarise } = config;
  const kl =
    capacity === undefined ? `β = ${beta}` : `β = ${beta} on |KL − C|, C to ${capacity} nats`;
  const bound = {
    ae: 'reconstruction alone',
    iwae: importanceWeightedInWords(config),
    'vq-vae': `reconstruction, commitment ${config.commitment}, cross-entropy of the codes`,
  };
  const parts = [
    family in bound ? bound[family as keyof typeof bound] : `ELBO, ${kl}`,
    ...(config.prior === 'vamp' && WITH_PRIOR.includes(family)
      ? [`VampPrior of ${formatPlural(config.pseudoInputs, 'pseudo-input')}`]
      : []),
    ...(config.gradient === 'standard' || !ESTIMATED.includes(family)
      ? []
      : [GRADIENT_WORDS[config.gradient]]),
    ...(config.betaSchedule === 'constant' ? [] : [`β ${config.betaSchedule}`]),
    ...(freeBits > 0 ? [`${freeBits} free nats a dimension`] : []),
    ...(binarise === 'none' ? [] : [`${binarise} binarisation`]),
    ...describeOptimizer(config),
    `batch ${config.batchSize}`,
  ];
  return parts.join(', ');
}

const GRADIENT_WORDS = {
  stl: 'sticking the landing',
  dreg: 'doubly reparameterised gradients',
} as const;
const WITH_PRIOR: readonly string[] = ['vae', 'beta-vae', 'iwae'];
const ESTIMATED: readonly string[] = ['vae', 'beta-vae', 'iwae', 'cvae'];

function importanceWeightedInWords({ samples, bound, groups }: ResolvedConfig): string {
  if (bound === 'iwae') return `importance-weighted bound, ${samples} samples`;
  return bound === 'miwae'
    ? `mean of ${groups} importance-weighted bounds of ${samples} samples (MIWAE)`
    : `importance-weighted bound, ${groups * samples} samples, for the encoder ${groups} of ${samples} (PIWAE)`;
}

function describeOptimizer(config: ResolvedConfig): string[] {
  const { learningRate, rateSchedule, weightDecay, momentum, clipNorm, weightAverage } = config;
  const name = {
    adam: 'Adam',
    adamw: `AdamW (weight decay ${weightDecay})`,
    sgd: `SGD (momentum ${momentum})`,
  }[config.optimizer];
  const schedule = [
    ...(config.rateWarmUp > 0
      ? [` with a warm-up of ${formatPlural(config.rateWarmUp, 'epoch')}`]
      : []),
    ...(rateSchedule === 'constant' ? [] : [` with a ${rateSchedule} schedule`]),
  ].join(' and');
  return [
    `${name} ${learningRate}${schedule}`,
    ...(clipNorm === undefined ? [] : [`gradients clipped to length ${clipNorm}`]),
    ...(weightAverage > 0 ? [`moving average of the weights (decay ${weightAverage})`] : []),
  ];
}
