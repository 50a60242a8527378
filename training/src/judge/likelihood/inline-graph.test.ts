import { describe, expect, test } from '@jest/globals';
import { attr, GraphBuilder, type Model, optimize } from '@latentkit/onnx';
import { errorOf } from '../../testing.ts';
import { inlineGraph } from './inline-graph.ts';

/** y = −x */
function negation(): Model {
  const g = new GraphBuilder('negation');
  const x = g.input('x', 'float32', [1]);
  g.output(g.node('Neg', [x], {}, { name: 'minus' }), 'float32', [1], 'y');
  return g.build();
}

describe('inlineGraph', () => {
  test('gives the outputs by their old names; a graph may come in twice', () => {
    const g = new GraphBuilder('twice');
    const x = g.input('x', 'float32', [1]);
    const once = inlineGraph(g, negation(), { x });
    const twice = inlineGraph(g, negation(), { x: once['y'] as string });
    expect(Object.keys(twice)).toEqual(['y']);
    g.output(twice['y'] as string, 'float32', [1]);
    const { nodes } = optimize(g.build()).graph;
    expect(nodes.map(({ opType }) => opType)).toEqual(['Neg', 'Neg']);
    expect([nodes[0]?.inputs, nodes[1]?.inputs]).toEqual([['x'], nodes[0]?.outputs]);
    expect(new Set(nodes.flatMap(({ name }) => name)).size).toBe(2);
  });

  test('an input that nobody gives, a node that holds a graph', async () => {
    const g = new GraphBuilder('refused');
    const refusal = async (model: Model, inputs: Record<string, string>) => {
      const { code, message } = await errorOf(() => inlineGraph(g, model, inputs));
      return `${code}: ${message}`;
    };
    const only = "Only graphs of latentkit's own exporter can.";
    expect(await refusal(negation(), { a: 'a', b: 'b' })).toBe(
      `unsupported-format: The graph cannot be joined to another: its input 'x' is unknown (known: a, b). ${only}`,
    );
    const model = negation();
    const [node] = model.graph.nodes;
    for (const type of ['graph', 'graphs'] as const) {
      const value = { ...attr.int(1), type } as never;
      const nodes = [{ ...node, attributes: new Map([['body', value]]) } as never];
      expect(await refusal({ ...model, graph: { ...model.graph, nodes } }, { x: 'x' })).toBe(
        `unsupported-format: The graph cannot be joined to another: its node 'minus' (Neg) holds a graph of its own. ${only}`,
      );
    }
  });
});
