import type { ModelCard } from '../card/card.ts';
import { checkCardFields } from '../card/check-card-fields.ts';
import { checkObject } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { isTensor, sizeOf } from '../tensor.ts';
import { isFloats } from '../typed-arrays.ts';
import type { Decoded } from './decoder.ts';

/**
 * ln p(x|z) of each item under the card's likelihood, in nats, summed over its elements.
 *
 * - `bernoulli`: x ln p + (1 − x) ln(1 − p) from the logits. For values strictly between 0 and 1 this
 *   is minus a cross-entropy, not a likelihood.
 * - `continuous-bernoulli`: the same plus ln C(p), which makes it a density on [0, 1]
 *   (Loaiza-Ganem & Cunningham 2019, eq. 3).
 * - `gaussian`: N(x; mean, σ² I) with the card's σ.
 * - `laplace`: exp(−|x − mean| / b) / 2b for each element, with the card's scale b.
 * - `discretised-logistic`: the mass that a logistic distribution about the mean, of the card's scale, has between
 *   the values half a level below and above x; beyond the outermost levels all of its tail (Kingma et al. 2016,
 *   appendix C.9; Salimans et al. 2017, §2.1). A probability, not a density: of 8-bit pixels, in nats.
 *
 * @param x n items one after the other
 * @returns n values
 * @throws ArgumentError for values that do not fit the card, or each other
 */
export function logLikelihood(x: Float32Array, decoded: Decoded, card: ModelCard): Float64Array {
  const element = elementOf(x, decoded, card);
  const size = sizeOf(card.item.shape);
  const out = new Float64Array(x.length / size);
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += element(x[i] as number, i);
    out[row] = sum;
  }
  return out;
}

/**
 * The terms of {@link logLikelihood}: ln p of each element, in nats.
 *
 * @returns as many values as `x` has
 * @throws ArgumentError for values that do not fit the card, or each other
 */
export function elementLogLikelihood(
  x: Float32Array,
  decoded: Decoded,
  card: ModelCard,
): Float32Array {
  return x.map(elementOf(x, decoded, card));
}

/** ln p of the value of element i of all that was decoded. */
type Element = (x: number, i: number) => number;

function elementOf(x: Float32Array, decoded: Decoded, card: ModelCard): Element {
  checkCardFields(card, ['item', 'likelihood']);
  checkSizes(x, decoded, sizeOf(card.item.shape));
  const { likelihood } = card;
  if (!likelihood) throw new ArgumentError('card', 'the card of a model with a decoder', card.name);
  const mean = decoded.mean.data;
  switch (likelihood.kind) {
    case 'gaussian':
      return gaussianElement(mean, likelihood.sigma);
    case 'laplace':
      return laplaceElement(mean, likelihood.scale);
    case 'discretised-logistic':
      return logisticElement(mean, likelihood, card.item.range);
    default:
      return bernoulliElement(logitsOf(decoded), likelihood.kind === 'continuous-bernoulli');
  }
}

function checkSizes(x: unknown, decoded: Decoded, size: number): void {
  if (!isFloats(x) || x.length % size !== 0) {
    throw new ArgumentError('x', `a Float32Array of n × ${size} values`, x);
  }
  checkObject('decoded', decoded, 'what a decoder gave');
  for (const [name, output] of Object.entries({ logits: decoded.logits, mean: decoded.mean })) {
    if (name === 'logits' && output === undefined) continue;
    if (!isTensor(output) || output.data.length !== x.length) {
      throw new ArgumentError(
        `decoded.${name}`,
        `a tensor of ${x.length} values, as x has`,
        output,
      );
    }
  }
}

function logitsOf({ logits, mean }: Decoded): Float32Array {
  return logits?.data ?? mean.data.map((p) => Math.log(p) - Math.log1p(-p));
}

function bernoulliElement(logits: Float32Array, continuous: boolean): Element {
  return (x, i) => {
    const logit = logits[i] as number;
    // x·l − softplus(l), with the softplus written so that exp never overflows.
    const bernoulli = x * logit - Math.max(logit, 0) - Math.log1p(Math.exp(-Math.abs(logit)));
    return continuous ? bernoulli + logNormaliser(logit) : bernoulli;
  };
}

/** ln C of the continuous Bernoulli with success logit l: ln(l / tanh(l/2)), 2 at l = 0. */
export function logNormaliser(logit: number): number {
  const l = Math.abs(logit);
  // The quotient is 0/0 at 0; its series is 2 + l²/6 + O(l⁴).
  return l < 1e-2 ? Math.log(2 + (l * l) / 6) : Math.log(l / Math.tanh(l / 2));
}

function laplaceElement(mean: Float32Array, scale: number): Element {
  const constant = -Math.log(2 * scale);
  return (x, i) => constant - Math.abs(x - (mean[i] as number)) / scale;
}

/** σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b − a)), whose logarithm never takes the difference of two that are nearly alike. */
function logisticElement(
  mean: Float32Array,
  { scale, levels }: { readonly scale: number; readonly levels: number },
  [low, high]: ModelCard['item']['range'],
): Element {
  const half = (high - low) / (levels - 1) / 2;
  const logWidth = Math.log(-Math.expm1((-2 * half) / scale));
  const softplus = (l: number) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));
  return (x, i) => {
    const below = x - low > half;
    const above = high - x > half;
    const [a, b] = [1, -1].map((side) => (x + side * half - (mean[i] as number)) / scale) as [
      number,
      number,
    ];
    const upTo = above ? -softplus(-a) : 0;
    const from = below ? -softplus(b) : 0;
    return upTo + from + (above && below ? logWidth : 0);
  };
}

function gaussianElement(mean: Float32Array, sigma: number): Element {
  const constant = -0.5 * Math.log(2 * Math.PI) - Math.log(sigma);
  return (x, i) => constant - 0.5 * ((x - (mean[i] as number)) / sigma) ** 2;
}
