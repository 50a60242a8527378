import { LatentkitError } from '@latentkit/core';
import {
  attributeGraphs,
  type Graph,
  type Model,
  type Node,
  type ValueInfo,
} from '@latentkit/onnx';

/** What a node reads: its inputs, and what the bodies in it take from around them. */
export function readsOf(node: Node): string[] {
  const names = [...node.inputs];
  for (const attribute of node.attributes.values()) {
    for (const body of attributeGraphs(attribute)) names.push(...body.nodes.flatMap(readsOf));
  }
  return names.filter((name) => name !== '');
}

/** The nodes that values depend on, without looking behind `stops`, in the order of the graph; and what they read. */
export function behind(
  graph: Graph,
  values: readonly string[],
  stops: ReadonlySet<string>,
): { readonly nodes: Node[]; readonly reached: ReadonlySet<string> } {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const reached = new Set<string>();
  const needed = new Set<Node>();
  const open = [...values];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const maker = stops.has(name) ? undefined : makers.get(name);
    if (!maker || needed.has(maker)) continue;
    needed.add(maker);
    open.push(...readsOf(maker));
  }
  return { nodes: graph.nodes.filter((node) => needed.has(node)), reached };
}

/** The first version of ONNX's format whose initializers need be no inputs as well. */
const SINCE_CONSTANTS = 4;

/**
 * The part of a model that makes `outputs` of `inputs`, which may be values in its middle.
 *
 * @throws LatentkitError `invalid-data` where the outputs need more than those inputs
 */
export function cut(
  model: Model,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): Model {
  const { graph } = model;
  const names = new Set(inputs.map(({ name }) => name));
  const wanted = outputs.map(({ name }) => name);
  const { nodes, reached } = behind(graph, wanted, names);
  const missing = graph.inputs.find(
    ({ name }) => reached.has(name) && !names.has(name) && !graph.initializers.has(name),
  );
  if (missing) {
    throw new LatentkitError(
      'invalid-data',
      `${wanted.map((name) => `'${name}'`).join(' and ')} cannot be made of ` +
        `${[...names].map((name) => `'${name}'`).join(', ')} alone: '${missing.name}' is needed as well. ` +
        'Export the model with that input fixed, or name another value with --map.',
    );
  }
  const initializers = [...graph.initializers].filter(([name]) => reached.has(name));
  return structuredClone({
    ...model,
    irVersion: Math.max(model.irVersion, SINCE_CONSTANTS),
    graph: {
      ...graph,
      nodes,
      inputs: [...inputs],
      outputs: [...outputs],
      initializers: new Map(initializers),
      valueInfo: new Map([...graph.valueInfo].filter(([name]) => reached.has(name))),
    },
  });
}

/** Drops nodes and initializers that no output depends on: ONNX Runtime warns of each when it opens the model. */
export function dropUnread(graph: Graph): void {
  const wanted = graph.outputs.map(({ name }) => name);
  const { nodes, reached } = behind(graph, wanted, new Set());
  graph.nodes = nodes;
  graph.initializers = new Map([...graph.initializers].filter(([name]) => reached.has(name)));
}
