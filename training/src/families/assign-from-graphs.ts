import { LatentkitError } from '@latentkit/core';
import { checkList } from '@latentkit/core/runtime';
import { type Model, type TensorData, tensorToArray } from '@latentkit/onnx';
import { checkVariables } from './check-variables.ts';
import { assign, type NamedVariable } from './variables.ts';

/**
 * Sets a model's variables from exported graphs, whose constants have their names: training goes on
 * from a model that somebody published.
 *
 * @throws ArgumentError; LatentkitError `invalid-data` where a variable is missing, or has another shape; nothing is
 *   set then
 */
export function assignFromGraphs(
  variables: readonly NamedVariable[],
  graphs: readonly Model[],
): void {
  const constants = new Map<string, TensorData>();
  checkVariables('variables', variables);
  checkList('graphs', graphs, 'models, as readModel gives them');
  for (const { graph } of graphs) {
    for (const [name, tensor] of graph.initializers) constants.set(name, tensor);
  }
  const found = variables.map(({ name, variable }) => {
    const tensor = constants.get(name);
    const fits = tensor?.dtype === 'float32' && String(tensor.dims) === String(variable.shape);
    if (tensor && fits) return { variable, values: tensorToArray(tensor) as Float32Array };
    throw new LatentkitError(
      'invalid-data',
      `The graphs have ${tensor ? `${name} as ${tensor.dtype} [${tensor.dims}]` : `no ${name}`}; expected ` +
        `float32 [${variable.shape}]. Give all graphs of the model, in fp32, and build the model with the sizes on its card.`,
    );
  });
  for (const { variable, values } of found) assign(variable, values);
}
