import type { ResolvedConfig } from '../config.ts';

/** What was minimised, and how, in words. */
export function describeObjective(config: ResolvedConfig): string {
  const { family, beta, freeBits, capacity, binarise } = config;
  const kl =
    capacity === undefined ? `β = ${beta}` : `β = ${beta} on |KL − C|, C to ${capacity} nats`;
  const bound = {
    ae: 'reconstruction alone',
    iwae: `importance-weighted bound, ${config.samples} samples`,
    'vq-vae': `reconstruction, commitment ${config.commitment}, cross-entropy of the codes`,
  };
  const parts = [
    family in bound ? bound[family as keyof typeof bound] : `ELBO, ${kl}`,
    ...(config.betaSchedule === 'constant' ? [] : [`β ${config.betaSchedule}`]),
    ...(freeBits > 0 ? [`${freeBits} free nats a dimension`] : []),
    ...(binarise === 'none' ? [] : [`${binarise} binarisation`]),
    `Adam ${config.learningRate}${config.rateSchedule === 'constant' ? '' : ` with a ${config.rateSchedule} schedule`}`,
    `batch ${config.batchSize}`,
  ];
  return parts.join(', ');
}
