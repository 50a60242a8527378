import { definitionOf } from '@latentkit/core/runtime';
import { type Check, error, type Finding } from '../../check.ts';
import { sampleResults } from '../../model/sample.ts';
import { short } from '../../numbers/format.ts';

/** Rounding of a sum of some hundred terms. */
const SLACK = 1e-3;

/** ln σ² beyond this is σ beyond e^±15: no posterior of a trained model is so wide or so narrow. */
const LOG_VARIANCE = 30;

export const latentKl: Check = {
  id: 'latent/kl',
  summary: 'the KL from the prior is never negative, and ln σ² stays in a sound range',
  remedy: 'Look at what the outputs mean: mean and log_var may be swapped, or σ given for ln σ².',
  needs: ['golden/present', 'card/hash', 'graph/strict', 'graph/shape', 'weights/finite'],
  async run(model) {
    const { latent } = await model.card();
    const { exactKl, moments } = definitionOf(latent);
    // An estimate from one draw, as of a flow, may be negative.
    if (!exactKl && !moments) {
      return { skipped: `the latent (${latent.kind}) has no exact KL` };
    }
    const findings: Finding[] = [];
    const sample = await sampleResults(model);
    if (!sample) return { skipped: 'there are no golden items' };
    const kls = sample.kl ?? new Float64Array();
    const worst = kls.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    if (exactKl && !(worst >= -SLACK))
      findings.push(error(`the KL of an item is ${short(worst)} nats`));
    const logVar = moments?.(sample.latent).logVar.data;
    const extreme = logVar?.find((value) => !(Math.abs(value) <= LOG_VARIANCE));
    if (extreme !== undefined) findings.push(error(`log_var of an item is ${short(extreme)}`));
    if (kls.length === 0) return { findings };
    const mean = kls.reduce((sum, value) => sum + value, 0) / kls.length;
    return { findings, measured: { 'mean KL in nats': mean } };
  },
};
