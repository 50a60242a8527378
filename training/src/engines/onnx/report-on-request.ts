import { attr, type Graph, type Model, type Node, tensorFromArray } from '@latentkit/onnx';

/** The input, a bool, that says whether the terms are computed. */
export const REPORT = 'report';

/**
 * Puts the nodes that serve nothing but the terms under a condition, {@link REPORT}. Gradients seldom go by the loss
 * itself, whose passes over the batch take a twentieth of the step of a small network. To be called last: what computes
 * the terms is in a body then, where passes do not reach.
 *
 * @param terms outputs of the graph, float32 scalars; without the condition those that only these nodes make are NaN
 */
export function reportOnRequest({ graph }: Model, terms: readonly string[]): void {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  for (const term of terms) needed.delete(term);
  const kept: Node[] = [];
  const reporting: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const serves = node.outputs.some((output) => needed.has(output));
    (serves ? kept : reporting).unshift(node);
    if (serves) for (const input of node.inputs) needed.add(input);
  }
  const type = { kind: 'tensor' as const, dtype: 'bool' as const, shape: [] };
  graph.inputs.push({ name: REPORT, type, docString: '' });
  const made = new Set(reporting.flatMap(({ outputs }) => outputs));
  const reported = terms.filter((term) => made.has(term));
  if (reported.length === 0) return;

  // A name is given once in a graph and its bodies.
  const inner = (name: string) => (reported.includes(name) ? `${name}:computed` : name);
  const computed = reporting.map((node) => ({
    ...node,
    inputs: node.inputs.map(inner),
    outputs: node.outputs.map(inner),
  }));
  const absent = (term: string) => `${term}:absent`;
  const nan = attr.tensor(tensorFromArray('', 'float32', new Float32Array([Number.NaN]), []));
  const constants = reported.map((term) =>
    nodeOf('Constant', [], [absent(term)], [['value', nan]]),
  );
  graph.nodes = [
    ...kept,
    nodeOf(
      'If',
      [REPORT],
      [...reported],
      [
        ['then_branch', attr.graph(bodyOf('computed', computed, reported.map(inner)))],
        ['else_branch', attr.graph(bodyOf('absent', constants, reported.map(absent)))],
      ],
    ),
  ];
}

function nodeOf(
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Iterable<readonly [string, ReturnType<typeof attr.graph>]>,
): Node {
  const name = `${outputs[0]}/${opType}`;
  return {
    name,
    opType,
    domain: '',
    inputs,
    outputs,
    attributes: new Map(attributes),
    docString: '',
  };
}

function bodyOf(name: string, nodes: Node[], outputs: readonly string[]): Graph {
  const scalar = () => ({ kind: 'tensor' as const, dtype: 'float32' as const, shape: [] });
  return {
    name,
    docString: '',
    inputs: [],
    outputs: outputs.map((output) => ({ name: output, type: scalar(), docString: '' })),
    valueInfo: new Map(),
    initializers: new Map(),
    nodes,
  };
}
