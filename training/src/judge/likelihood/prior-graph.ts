import { type GaussianMixture, LatentkitError } from '@latentkit/core';
import { attr, type GraphBuilder } from '@latentkit/onnx';

/** ONNX's codes of float32 and float64. */
const [FLOAT, DOUBLE] = [1, 11];

/**
 * Adds ln p(z) + ½ D ln 2π under a mixture of diagonal Gaussians to a graph, of z [n, D] as [n, 1]: what core's
 * `mixtureLogDensity` computes. The squares are multiplied out, one product of matrices for all Gaussians; in double
 * precision, where nothing is lost by that.
 *
 * @throws LatentkitError `unsupported-format` for Gaussians with covariances
 */
export function addMixtureLogDensity(
  g: GraphBuilder,
  { size, components }: GaussianMixture,
  z: string,
): string {
  const count = components.length;
  if (components.some(({ factor }) => factor.length !== size)) {
    throw new LatentkitError(
      'unsupported-format',
      'Importance weights under a prior of its own need one of diagonal Gaussians (factors of as many numbers as the latent has), and the card has whole covariances.',
    );
  }
  // Of each Gaussian: −½ Σ (z − μ)²/σ² = Σ (−½/σ² z² + μ/σ² z) − ½ Σ μ²/σ².
  const factors = new Float64Array(2 * size * count);
  const constants = components.map(({ weight, mean, factor }, k) => {
    let constant = Math.log(weight);
    for (let i = 0; i < size; i++) {
      const [mu, sigma] = [mean[i] as number, factor[i] as number];
      factors[i * count + k] = -0.5 / sigma ** 2;
      factors[(size + i) * count + k] = mu / sigma ** 2;
      constant -= Math.log(sigma) + 0.5 * (mu / sigma) ** 2;
    }
    return constant;
  });
  const wide = g.node('Cast', [z], { to: attr.int(DOUBLE) });
  const both = g.node('Concat', [g.node('Mul', [wide, wide]), wide], { axis: attr.int(1) });
  const terms = g.node('Add', [
    g.node('MatMul', [both, g.initializer('prior_factors', factors, [2 * size, count])]),
    g.initializer('prior_constants', Float64Array.from(constants), [1, count]),
  ]);
  const density = g.node('ReduceLogSumExp', [terms], {
    axes: attr.ints([1]),
    keepdims: attr.int(1),
  });
  return g.node('Cast', [density], { to: attr.int(FLOAT) });
}
