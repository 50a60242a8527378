import {
  type Attribute,
  type DType,
  type Graph,
  type Node,
  tensorFromArray,
  type ValueInfo,
} from '@latentkit/onnx';
import { freeName } from './constants.ts';
import { renameValues } from './rename.ts';

/** A node of ONNX's own operators. */
export function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return {
    name: output,
    opType,
    domain: '',
    inputs: [...inputs],
    outputs: [output],
    attributes: new Map(Object.entries(attributes)),
    docString: '',
  };
}

/** Keeps numbers in a graph, and gives back the name that they have there. */
export function constant(
  graph: Graph,
  wished: string,
  dtype: DType,
  values: readonly number[],
  dims: readonly number[],
): string {
  const name = freeName(graph, wished);
  const data = dtype === 'int64' ? values.map(BigInt) : values;
  graph.initializers.set(name, tensorFromArray(name, dtype, data as never, [...dims]));
  return name;
}

/**
 * Puts nodes before an input: what the graph took under `name` it takes from the last of them, which reads what the
 * graph is fed with now.
 *
 * @param make the nodes from the new input to the value that it replaces
 */
export function before(
  graph: Graph,
  name: string,
  type: ValueInfo['type'],
  make: (fed: string, taken: string) => readonly Node[],
): void {
  const taken = freeName(graph, `${name}_taken`);
  renameValues(graph, new Map([[name, taken]]));
  graph.inputs = graph.inputs.map((info) => (info.name === taken ? { ...info, name, type } : info));
  graph.nodes.unshift(...make(name, taken));
}

/** Puts nodes behind an output, which keeps its name. */
export function after(
  graph: Graph,
  name: string,
  type: ValueInfo['type'],
  make: (given: string, told: string) => readonly Node[],
): void {
  const given = freeName(graph, `${name}_given`);
  renameValues(graph, new Map([[name, given]]));
  graph.outputs = graph.outputs.map((info) =>
    info.name === given ? { ...info, name, type } : info,
  );
  graph.nodes.push(...make(given, name));
}
