import { attributeGraphs, type Graph } from '@latentkit/onnx';

/**
 * Gives values of a graph other names, everywhere that they are used. A value that has one of the new names
 * already and is not renamed itself gives way.
 */
export function renameValues(graph: Graph, names: ReadonlyMap<string, string>): void {
  const all = new Map(names);
  const used = valuesOf(graph);
  for (const name of names.values()) {
    if (!used.has(name) || names.has(name)) continue;
    let free = `${name}_value`;
    for (let number = 2; used.has(free); number++) free = `${name}_value${number}`;
    all.set(name, free);
  }
  rename(graph, all);
}

function valuesOf(graph: Graph): Set<string> {
  return new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
}

function rename(graph: Graph, names: ReadonlyMap<string, string>): void {
  const change = (name: string) => names.get(name) ?? name;
  for (const info of [...graph.inputs, ...graph.outputs]) info.name = change(info.name);
  graph.initializers = new Map(
    [...graph.initializers].map(([name, tensor]) => [
      change(name),
      { ...tensor, name: change(name) },
    ]),
  );
  graph.valueInfo = new Map(
    [...graph.valueInfo].map(([name, info]) => [change(name), { ...info, name: change(name) }]),
  );
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(change);
    node.outputs = node.outputs.map(change);
    for (const attribute of node.attributes.values()) {
      for (const body of attributeGraphs(attribute)) rename(body, names);
    }
  }
}
