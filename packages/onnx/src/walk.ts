import { OnnxError } from './errors.ts';
import { checkAttributeForm, checkGraphForm, checkModelForm, checkNodeForm } from './form.ts';
import type { Attribute, Graph, Model, Node, TensorData } from './ir.ts';

/** The graphs that an attribute holds. */
export function attributeGraphs(attribute: Attribute): Graph[] {
  checkAttributeForm(attribute);
  if (attribute.type === 'graph') return [attribute.value];
  return attribute.type === 'graphs' ? attribute.value : [];
}

/** The bodies of a node (If, Loop, Scan), in the order of its attributes. */
export function subgraphs(node: Node): Graph[] {
  checkNodeForm(node);
  const graphs: Graph[] = [];
  for (const attribute of node.attributes.values()) {
    for (const graph of attributeGraphs(attribute)) graphs.push(graph);
  }
  return graphs;
}

/** Graphs inside graphs beyond this depth, or number, are no model of anybody's. */
const MAX_NESTING = 100;
const MAX_GRAPHS = 1_000_000;

/**
 * Refuses what has not the form of a model, and graphs that are nested so deeply, or hold one another in so many
 * ways, that walking them by recursion would end the process. Files cannot hold such models (see readModel);
 * programs can make them.
 *
 * @throws OnnxError `invalid-argument` or `limit`
 */
export function checkWalkable(model: Model): void {
  checkModelForm(model);
  let level = [model.graph];
  let count = 0;
  for (let depth = 1; level.length > 0; depth++) {
    count += level.length;
    if (depth > MAX_NESTING || count > MAX_GRAPHS) {
      const what = depth > MAX_NESTING ? `more than ${MAX_NESTING} deep` : `${count} in all`;
      throw new OnnxError(
        'limit',
        `The bodies of If, Loop and Scan are nested ${what}. Flatten the model; a graph must not hold itself.`,
      );
    }
    for (const graph of level) checkGraphForm(graph);
    level = level.flatMap((outer) => outer.nodes.flatMap(subgraphs));
  }
}

/** Every tensor of a graph, its nodes' attributes and their subgraphs. */
export function* allTensors(graph: Graph): Generator<TensorData> {
  checkGraphForm(graph);
  yield* graph.initializers.values();
  for (const node of graph.nodes) {
    for (const attribute of node.attributes.values()) {
      if (attribute.type === 'tensor') yield attribute.value;
      else if (attribute.type === 'tensors') yield* attribute.value;
      for (const body of attributeGraphs(attribute)) yield* allTensors(body);
    }
  }
}
