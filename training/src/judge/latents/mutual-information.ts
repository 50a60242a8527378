import type { Random } from '@latentkit/core';
import { LogMeanExp } from '../likelihood/log-mean-exp.ts';
import type { RowsView } from './latent-statistics.ts';

/**
 * The mutual information of an item's index and its latent under Gaussian posteriors, in nats, by one
 * draw z from each: mean of ln q(z|xᵢ) − ln 1/N Σⱼ q(z|xⱼ) (Hoffman & Johnson 2016, eq. 11). It cannot
 * exceed ln N: with the N items at hand it says how far their posteriors can be told apart.
 */
export function indexCodeInformation(mean: RowsView, logVar: RowsView, random: Random): number {
  const { count, width } = mean;
  // ln N(z; μ, σ²) = c − ½ Σ (z − μ)²/σ² − ½ Σ ln σ²; c is in both terms and cancels.
  const precision = logVar.data.map((value) => Math.exp(-value));
  const logNormaliser = new Float64Array(count);
  for (let i = 0; i < logVar.data.length; i++) {
    (logNormaliser[Math.floor(i / width)] as number) -= 0.5 * (logVar.data[i] as number);
  }
  const logDensity = (z: Float32Array, item: number) => {
    let distance = 0;
    for (let d = 0, i = item * width; d < width; d++, i++) {
      const deviation = (z[d] as number) - (mean.data[i] as number);
      distance += deviation * deviation * (precision[i] as number);
    }
    return (logNormaliser[item] as number) - 0.5 * distance;
  };
  const z = new Float32Array(width);
  let information = 0;
  for (let item = 0; item < count; item++) {
    for (let d = 0; d < width; d++) {
      const i = item * width + d;
      const deviation = Math.exp(0.5 * (logVar.data[i] as number));
      z[d] = (mean.data[i] as number) + deviation * random.normal();
    }
    const aggregate = new LogMeanExp();
    for (let other = 0; other < count; other++) aggregate.add(logDensity(z, other));
    information += (logDensity(z, item) - aggregate.value) / count;
  }
  return information;
}
