import { inferShapes, type Model, type ValueInfo } from '@latentkit/onnx';

export interface SplitGraph {
  /** What does not depend on the input; its outputs are all that the other half needs of it. */
  readonly before: Model;
  /** What does, from `before`'s outputs and the input to the outputs that depend on it. */
  readonly after: Model;
}

/**
 * Cuts a graph in two where an input comes in, so that what does not depend on it can be computed once
 * for many of its values. What is cut through holds something for each item of the batch, [batch, …]:
 * undefined where another value would have to be.
 */
export function splitGraph(model: Model, input: string): SplitGraph | undefined {
  const { graph } = model;
  const { types } = inferShapes(model);
  const dependent = new Set([input]);
  const [early, late] = [[], []] as [typeof graph.nodes, typeof graph.nodes];
  for (const node of graph.nodes) {
    const depends = node.inputs.some((name) => dependent.has(name));
    if (depends) for (const name of node.outputs) dependent.add(name);
    (depends ? late : early).push(node);
  }
  const cut = new Set(
    late
      .flatMap(({ inputs }) => inputs)
      .filter((name) => name !== '' && !dependent.has(name) && !graph.initializers.has(name)),
  );
  const values: ValueInfo[] = [];
  for (const name of cut) {
    const type = types.get(name);
    if (type?.kind !== 'tensor') return undefined;
    const [items, ...rest] = type.shape ?? [];
    if (typeof items !== 'string' || rest.some((size) => typeof size !== 'number'))
      return undefined;
    values.push({ name, type, docString: '' });
  }
  const given = graph.inputs.filter(({ name }) => name === input);
  const others = graph.inputs.filter(({ name }) => name !== input);
  return {
    before: { ...model, graph: { ...graph, inputs: others, nodes: early, outputs: values } },
    after: {
      ...model,
      graph: {
        ...graph,
        inputs: [...values, ...given],
        nodes: late,
        outputs: graph.outputs.filter(({ name }) => dependent.has(name)),
      },
    },
  };
}
