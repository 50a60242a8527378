import type { Node } from '@latentkit/onnx';
import { type Check, error } from '../../check.ts';
import { nodesOf } from '../../model/operators.ts';
import { eachGraph } from '../graph/per-graph.ts';

const RANDOM = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

/** How a node is random, or undefined for one that is not. */
export function drawsOf({ opType, name, inputs }: Node): string | undefined {
  if (RANDOM.has(opType)) return `${opType} '${name}' draws random numbers`;
  // Dropout draws where its third input asks it to train.
  return opType === 'Dropout' && inputs[2]
    ? `Dropout '${name}' is told whether it trains; a graph for use has no Dropout`
    : undefined;
}

export const randomOperator: Check = {
  id: 'operators/random',
  summary: 'no graph draws random numbers',
  remedy: 'Make noise an input (eps), so that a seed gives the same numbers on every device.',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async ({ file }) =>
      [...nodesOf((await model.model(file)).graph)].flatMap((node) => {
        const draws = drawsOf(node);
        return draws === undefined ? [] : [error(draws, file)];
      }),
    ),
};
