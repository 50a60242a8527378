import { LatentkitError, priorOf, sizeOf, type WholeCard } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import { attr, GraphBuilder, type Model, optimize, type ValueInfo } from '@latentkit/onnx';
import { indices, reshape, rowSum, scalar } from './graph-nodes.ts';
import { inlineGraph } from './inline-graph.ts';
import { addLogLikelihood } from './likelihood-graph.ts';
import { addMixtureLogDensity } from './prior-graph.ts';
import { splitGraph } from './split-graph.ts';

/**
 * The log importance weights of one item as one graph, made of an exported model's two halves:
 *
 *   x [1, itemSize], eps [n, latentSize] (and y [1, labels]) → log_w [n, 1]
 *   log_w = ln p(x|z) + ln p(z) − ln q(z|x),  z the posterior's draw for eps
 *
 * A Gaussian posterior is asked once; of a flow, only what depends on the draw is computed for each.
 *
 * @throws LatentkitError `unsupported-format` for a latent without a posterior density, or graphs
 *   that are not as the card says
 */
export function importanceGraph(card: WholeCard, encoder: Model, decoder: Model): Model {
  const { kind, size } = card.latent;
  const { logRatio: density, takesNoise } = definitionOf(card.latent);
  if (!density) {
    throw new LatentkitError(
      'unsupported-format',
      `Importance weights need the density of the posterior, which a latent of kind '${kind}' does not offer; those of kind 'gaussian' and 'flow' do.`,
    );
  }
  for (const model of [encoder, decoder]) checkOpset(model);
  const g = new GraphBuilder('importance', { opset: OPSET });
  const item = sizeOf(card.item.shape);
  const x = g.input('x', 'float32', [1, item]);
  const eps = g.input('eps', 'float32', ['batch', size]);
  const labels = card.condition?.labels.length;
  const y = labels === undefined ? undefined : g.input('y', 'float32', [1, labels]);
  const half = (value: string) => g.node('Mul', [value, scalar(g, 'half', 0.5)]);
  const halfSquares = (value: string) => half(rowSum(g, g.node('Mul', [value, value])));

  /** One item's [1, …rest] for each draw, [n, …rest]. */
  const repeat = (row: string, rest: readonly number[]) => {
    const count = g.node('Gather', [g.node('Shape', [eps]), indices(g, 'first', [0])]);
    const dims = [count, ...rest.map((size) => indices(g, 'size', [size]))];
    return g.node('Expand', [row, g.node('Concat', dims, { axis: attr.int(0) })]);
  };
  const wanted = (outputs: Readonly<Record<string, string>>, name: string) => {
    const value = outputs[name];
    if (value !== undefined) return value;
    throw new LatentkitError('unsupported-format', `The encoder has no output '${name}'.`);
  };

  let z: string;
  let logRatio: string;
  if (!takesNoise) {
    // The constants of ln p(z) and ln q(z|x), ½ ln 2π for each dimension, cancel for a Gaussian.
    const posterior = inlineGraph(g, encoder, { x, ...(y ? { y } : {}) });
    const logVar = wanted(posterior, 'log_var');
    const deviation = g.node('Exp', [half(logVar)]);
    z = g.node('Add', [wanted(posterior, 'mean'), g.node('Mul', [deviation, eps])]);
    const minusLogQ = g.node('Add', [halfSquares(eps), half(rowSum(g, logVar))]);
    const prior = priorOf(card);
    logRatio = prior
      ? g.node('Add', [minusLogQ, addMixtureLogDensity(g, prior, z)])
      : g.node('Sub', [minusLogQ, halfSquares(z)]);
  } else {
    const posterior = inlineForDraws(g, encoder, { x, ...(y ? { y } : {}) }, repeat, eps);
    z = wanted(posterior, 'z');
    const logQ = reshape(g, wanted(posterior, 'log_q'), [-1, 1]);
    const constant = scalar(g, 'log_normaliser', 0.5 * size * Math.log(2 * Math.PI));
    const logP = g.node('Neg', [g.node('Add', [halfSquares(z), constant])]);
    logRatio = g.node('Sub', [logP, logQ]);
  }
  const decoded = inlineGraph(g, decoder, {
    z,
    ...(y ? { y: repeat(y, [labels as number]) } : {}),
  });
  const logP = addLogLikelihood(g, card, x, decoded);
  g.output(g.node('Add', [logP, logRatio]), 'float32', ['batch', 1], 'log_w');
  return optimize(g.build());
}

/** Joins an encoder that takes a draw beside its item, [1, …], to `eps`, [n, …]. */
function inlineForDraws(
  g: GraphBuilder,
  encoder: Model,
  item: Readonly<Record<string, string>>,
  repeat: (row: string, rest: readonly number[]) => string,
  eps: string,
): Readonly<Record<string, string>> {
  const split = splitGraph(encoder, 'eps');
  const restOf = ({ type }: ValueInfo) =>
    (type.kind === 'tensor' ? (type.shape ?? []) : []).slice(1).map(Number);
  if (!split) {
    const rows = encoder.graph.inputs
      .filter(({ name }) => name in item)
      .map((input) => [input.name, repeat(item[input.name] as string, restOf(input))]);
    return inlineGraph(g, encoder, { ...Object.fromEntries(rows), eps });
  }
  const once = inlineGraph(g, split.before, item);
  const rows = split.before.graph.outputs.map((value) => [
    value.name,
    repeat(once[value.name] as string, restOf(value)),
  ]);
  return inlineGraph(g, split.after, { ...Object.fromEntries(rows), eps });
}

/** What training exports; nodes mean the same in the joined graph only if it speaks the same version. */
const OPSET = 17;

function checkOpset({ opsets, graph }: Model): void {
  if (opsets.get('') === OPSET) return;
  throw new LatentkitError(
    'unsupported-format',
    `Expected an ${graph.name} of operator set ${OPSET}, received ${opsets.get('')}. Export the model again.`,
  );
}
