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

export const randomOperator: Check = {
  id: 'operators/random',
  summary: 'no graph draws random numbers',
  remedy: 'Make noise an input (eps), so that a seed gives the same numbers on every device.',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async ({ file }) =>
      [...nodesOf((await model.model(file)).graph)].flatMap((node) => {
        const { opType, name, inputs } = node;
        if (RANDOM.has(opType)) return [error(`${opType} '${name}' draws random numbers`, file)];
        // Dropout draws where its third input asks it to train.
        return opType === 'Dropout' && inputs[2]
          ? [
              error(
                `Dropout '${name}' is told whether it trains; a graph for use has no Dropout`,
                file,
              ),
            ]
          : [];
      }),
    ),
};
