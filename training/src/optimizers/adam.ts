import { checkOptions } from '@latentkit/core/runtime';
import { checkAtLeast, checkShare } from '../checks.ts';
import type { UpdateRule } from './update-rule.ts';

export interface AdamOptions {
  /** Decay of the first moment; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the second moment; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
  /**
   * Share of a weight, times the learning rate, that is taken off in each step beside the gradient's
   * change (AdamW: Loshchilov & Hutter 2019, algorithm 2); 0 by default.
   */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1), with the bias corrections moved from the moments into the step
 * size and ε, which gives the same weights with fewer operations (§2, last paragraph).
 *
 * @throws ArgumentError
 */
export function adam(options: AdamOptions = {}): UpdateRule {
  checkOptions(options);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  checkShare('beta1', beta1);
  checkShare('beta2', beta2);
  checkAtLeast('epsilon', epsilon, 0);
  checkAtLeast('weightDecay', weightDecay, 0);
  return {
    slots: ['adam/m', 'adam/v'],
    rateCount: weightDecay > 0 ? 3 : 2,
    ratesAt(learningRate, step) {
      const second = Math.sqrt(1 - beta2 ** step);
      const rates = [(learningRate * second) / (1 - beta1 ** step), epsilon * second];
      return weightDecay > 0 ? [...rates, learningRate * weightDecay] : rates;
    },
    update({ constant, add, sub, mul, div, sqrt }, { weight, gradient, slots, rates }) {
      type T = typeof weight;
      const [m, v] = slots as [T, T];
      const [rate, scaledEpsilon, decay] = rates as [T, T, T | undefined];
      const nextM = add(mul(m, constant(beta1)), mul(gradient, constant(1 - beta1)));
      const square = mul(gradient, gradient);
      const nextV = add(mul(v, constant(beta2)), mul(square, constant(1 - beta2)));
      const change = div(mul(nextM, rate), add(sqrt(nextV), scaledEpsilon));
      const kept = decay === undefined ? weight : sub(weight, mul(weight, decay));
      return { weight: sub(kept, change), slots: [nextM, nextV] };
    },
  };
}
