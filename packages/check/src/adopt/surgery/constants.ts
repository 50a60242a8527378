import type { Graph, TensorData } from '@latentkit/onnx';

/** The value of a constant: an initializer, or what a Constant node holds as a tensor, passed on by Identity or not. */
export function constantOf(graph: Graph, name: string): TensorData | undefined {
  const kept = graph.initializers.get(name);
  if (kept) return kept;
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
  if (maker?.opType === 'Identity') return constantOf(graph, maker.inputs[0] ?? '');
  const value = maker?.opType === 'Constant' ? maker.attributes.get('value') : undefined;
  return value?.type === 'tensor' ? value.value : undefined;
}

/** A name that no value of a graph has. */
export function freeName(graph: Graph, wished: string): string {
  const taken = new Set([
    ...graph.initializers.keys(),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  let name = wished;
  for (let number = 2; taken.has(name); number++) name = `${wished}_${number}`;
  return name;
}
