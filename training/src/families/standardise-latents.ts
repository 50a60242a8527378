import type { MixtureComponent } from '@latentkit/core';
import { assign, type NamedVariable } from './variables.ts';

/** The layers that latents come out of and go into. */
export interface LatentLayers {
  readonly mean: readonly NamedVariable[];
  readonly logVar: readonly NamedVariable[];
  readonly decoder: readonly NamedVariable[];
}

/**
 * Gives the latents of a model units in which a learned prior has mean 0 and variance 1 in every dimension, as N(0, I)
 * has, by a change of the weights that leaves alone what the model says of items: nothing else holds such a prior to a
 * place or a size. What is made for latents of N(0, I), from a slider's ends to the KL of a dimension, then holds of them.
 *
 * @param components of the prior, with diagonal factors
 * @param layers of the encoder, the dense ones of mean and ln σ², and of the decoder, the first: kernel and bias of each
 */
export function standardiseLatents(
  components: readonly MixtureComponent[],
  layers: LatentLayers,
): void {
  const { mean, deviation } = marginals(components);
  const size = mean.length;
  const [m, s] = [mean, deviation].map((of) => (i: number) => of[i % size] as number) as [
    (i: number) => number,
    (i: number) => number,
  ];
  const valuesOf = ({ variable }: NamedVariable) => variable.dataSync<'float32'>();
  const change = (variable: NamedVariable, to: (value: number, i: number) => number) =>
    assign(variable.variable, Float32Array.from(valuesOf(variable), to));

  const [meanKernel, meanBias] = layers.mean as [NamedVariable, NamedVariable];
  const [, logVarBias] = layers.logVar as [NamedVariable, NamedVariable];
  const [kernel, bias] = layers.decoder as [NamedVariable, NamedVariable];
  change(meanKernel, (value, i) => value / s(i));
  change(meanBias, (value, i) => (value - m(i)) / s(i));
  change(logVarBias, (value, i) => value - 2 * Math.log(s(i)));
  // z = m + s z′: W z + b = (W s) z′ + (b + W m).
  const rows = valuesOf(kernel);
  const units = bias.variable.size;
  change(bias, (value, unit) =>
    mean.reduce((sum, mu, row) => sum + mu * (rows[row * units + unit] as number), value),
  );
  change(kernel, (value, i) => value * s(Math.floor(i / units)));
}

/** Mean and standard deviation of each dimension of a mixture. */
function marginals(components: readonly MixtureComponent[]) {
  const size = components[0]?.mean.length ?? 0;
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (const one of components) {
    for (const [i, mu] of one.mean.entries()) mean[i] = (mean[i] as number) + one.weight * mu;
  }
  for (const one of components) {
    for (const [i, mu] of one.mean.entries()) {
      const square = (mu - (mean[i] as number)) ** 2 + (one.factor[i] as number) ** 2;
      squares[i] = (squares[i] as number) + one.weight * square;
    }
  }
  return { mean, deviation: squares.map(Math.sqrt) };
}
