import { createRandom, sizeOf } from '@latentkit/core';
import { checkVariables } from './check-variables.ts';
import { startsAtZero } from './networks/residual-block.ts';
import { assign, type NamedVariable } from './variables.ts';

/**
 * Draws the weights from the seed, the same on every backend: kernels uniformly within
 * ±√(6 / (fan in + fan out)) (Glorot & Bengio 2010, eq. 16), where each output of a convolution sees
 * its window in every channel; biases zero, and whatever else {@link startsAtZero}.
 *
 * @throws ArgumentError
 */
export function drawWeights(weights: readonly NamedVariable[], seed: number): void {
  checkVariables('weights', weights);
  const random = createRandom(seed, 'weights');
  for (const { name, variable } of weights) {
    const values = new Float32Array(variable.size);
    const [fanIn, fanOut] = variable.shape.slice(-2);
    if (fanIn !== undefined && fanOut !== undefined && !startsAtZero(name)) {
      const window = sizeOf(variable.shape.slice(0, -2));
      const limit = Math.sqrt(6 / (window * (fanIn + fanOut)));
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random.uniform() - 1);
    }
    assign(variable, values);
  }
}
