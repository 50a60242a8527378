import { LatentkitError, sizeOf, type WholeCard } from '@latentkit/core';
import { attr, type GraphBuilder } from '@latentkit/onnx';
import { reshape, rowSum, scalar } from './graph-nodes.ts';

/**
 * Factors of 1 + e^−|l| that are multiplied before one logarithm is taken: each is at most 2, so that
 * the product stays below float32's 2¹²⁸.
 */
const MOST_FACTORS = 120;

/** Below this the continuous Bernoulli's normaliser is taken from its series: the quotient tends to 0/0. */
const SMALL = 0.1;

/**
 * Adds ln p(x|z) under the card's likelihood to a graph: what core's `logLikelihood` computes, where
 * the decoder's output is made, so that a hundred million of them need not leave ONNX Runtime.
 *
 * @param x the value that holds one item, [1, itemSize]
 * @param decoded the decoder's outputs by name, n items each
 * @returns the value that holds ln p(x|z) for each of them, [n, 1]
 * @throws LatentkitError `unsupported-format` where the decoder lacks the output that is needed
 */
export function addLogLikelihood(
  g: GraphBuilder,
  card: Pick<WholeCard, 'likelihood' | 'item'>,
  x: string,
  decoded: Readonly<Record<string, string>>,
): string {
  const size = sizeOf(card.item.shape);
  const { kind } = card.likelihood;
  const name = kind.endsWith('bernoulli') ? 'logits' : 'mean';
  const output = decoded[name];
  if (output === undefined) {
    throw new LatentkitError(
      'unsupported-format',
      `The decoder has no output '${name}', which the likelihood '${kind}' is computed from. Export the model again.`,
    );
  }
  const parameter = reshape(g, output, [-1, size]);
  switch (card.likelihood.kind) {
    case 'gaussian':
      return gaussian(g, x, parameter, card.likelihood.sigma, size);
    case 'laplace':
      return laplace(g, x, parameter, card.likelihood.scale, size);
    case 'discretised-logistic':
      return logistic(g, x, parameter, card.likelihood, card.item.range);
  }
  const bernoulliPart = bernoulli(g, x, parameter, size);
  return kind === 'bernoulli'
    ? bernoulliPart
    : g.node('Add', [bernoulliPart, rowSum(g, logNormaliser(g, parameter))]);
}

/** x·l − Σ softplus(l), with Σ softplus(l) = Σ max(l, 0) + ln ∏ (1 + e^−|l|). */
function bernoulli(g: GraphBuilder, x: string, logits: string, size: number): string {
  const column = reshape(g, x, [size, 1]);
  const linear = g.node('MatMul', [logits, column]);
  const positive = rowSum(g, g.node('Relu', [logits]));
  const factors = g.node('Add', [
    g.node('Exp', [g.node('Neg', [g.node('Abs', [logits])])]),
    scalar(g, 'one', 1),
  ]);
  const groups = groupsOf(size);
  const products = g.node('ReduceProd', [reshape(g, factors, [-1, groups, size / groups])], {
    axes: attr.ints([2]),
    keepdims: attr.int(0),
  });
  const rest = rowSum(g, g.node('Log', [products]));
  return g.node('Sub', [linear, g.node('Add', [positive, rest])]);
}

/** The fewest equal groups of at most {@link MOST_FACTORS}. */
function groupsOf(size: number): number {
  let groups = Math.ceil(size / MOST_FACTORS);
  while (size % groups !== 0) groups++;
  return groups;
}

/** ln C(l) = ln(|l| / tanh(|l|/2)), and 2 + l²/6 − l⁴/360 for the quotient near 0 (Loaiza-Ganem & Cunningham 2019, eq. 3). */
function logNormaliser(g: GraphBuilder, logits: string): string {
  const size = g.node('Abs', [logits]);
  const small = g.node('Less', [size, scalar(g, 'small', SMALL)]);
  const safe = g.node('Where', [small, scalar(g, 'one', 1), size]);
  const half = g.node('Mul', [safe, scalar(g, 'half', 0.5)]);
  const far = g.node('Div', [safe, g.node('Tanh', [half])]);
  const square = g.node('Mul', [logits, logits]);
  const inner = g.node('Sub', [
    scalar(g, 'sixth', 1 / 6),
    g.node('Mul', [square, scalar(g, 'fourth_order', 1 / 360)]),
  ]);
  const near = g.node('Add', [scalar(g, 'two', 2), g.node('Mul', [square, inner])]);
  return g.node('Log', [g.node('Where', [small, near, far])]);
}

/** −½ Σ ((x − mean) / σ)² − D (ln σ + ½ ln 2π) */
function gaussian(g: GraphBuilder, x: string, mean: string, sigma: number, size: number): string {
  const scaled = g.node('Div', [g.node('Sub', [x, mean]), scalar(g, 'sigma', sigma)]);
  const squares = rowSum(g, g.node('Mul', [scaled, scaled]));
  const constant = size * (Math.log(sigma) + 0.5 * Math.log(2 * Math.PI));
  return g.node('Sub', [
    g.node('Mul', [squares, scalar(g, 'minus_half', -0.5)]),
    scalar(g, 'log_constant', constant),
  ]);
}

/** −Σ |x − mean| / b − D ln 2b */
function laplace(g: GraphBuilder, x: string, mean: string, scale: number, size: number): string {
  const scaled = g.node('Div', [g.node('Sub', [x, mean]), scalar(g, 'scale', scale)]);
  return g.node('Sub', [
    g.node('Neg', [rowSum(g, g.node('Abs', [scaled]))]),
    scalar(g, 'log_constant', size * Math.log(2 * scale)),
  ]);
}

/** As core's: −softplus(−a) − softplus(b) + ln(1 − e^(−2δ/s)), the outermost levels with one of the two alone. */
function logistic(
  g: GraphBuilder,
  x: string,
  mean: string,
  { scale, levels }: { readonly scale: number; readonly levels: number },
  [low, high]: readonly [number, number],
): string {
  const half = (high - low) / (levels - 1) / 2;
  const centred = g.node('Sub', [x, mean]);
  const shift = scalar(g, 'half_level', half);
  const divisor = scalar(g, 'scale', scale);
  // ONNX Runtime's Softplus overflows nowhere: it is max(l, 0) + ln(1 + e^−|l|).
  const upTo = g.node('Div', [g.node('Neg', [g.node('Add', [centred, shift])]), divisor]);
  const from = g.node('Div', [g.node('Sub', [centred, shift]), divisor]);
  const masked = (value: string, mask: string) => g.node('Mul', [value, mask]);
  const mask = (condition: string) => g.node('Cast', [condition], { to: attr.int(FLOAT) });
  const notHighest = mask(g.node('Less', [x, scalar(g, 'highest', high - half)]));
  const notLowest = mask(g.node('Greater', [x, scalar(g, 'lowest', low + half)]));
  const outside = g.node('Add', [
    masked(g.node('Softplus', [upTo]), notHighest),
    masked(g.node('Softplus', [from]), notLowest),
  ]);
  const logWidth = scalar(g, 'log_width', Math.log(-Math.expm1((-2 * half) / scale)));
  const inner = masked(logWidth, g.node('Mul', [notHighest, notLowest]));
  return rowSum(g, g.node('Sub', [inner, outside]));
}

/** ONNX's code of float32. */
const FLOAT = 1;
