import type { Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { type GraphBuilder, type Model, writeModel } from '@latentkit/onnx';

/** As a graph that was rewritten must be opened: ONNX Runtime itself leaves it as it is. */
export const openAsItIs = (bytes: Uint8Array) =>
  createRunner(bytes, { threads: 1, optimization: 'disabled' });

/** A graph whose outputs are what `build` gives by name. */
export function graphOf<G extends GraphBuilder>(
  g: G,
  build: (g: G) => Readonly<Record<string, string>>,
): Model {
  for (const [name, value] of Object.entries(build(g))) {
    g.output(g.node('Identity', [value], {}, { output: name }), 'float32', null);
  }
  return g.build();
}

/** What a graph gives, output by output, for inputs of values that `fill` puts in place. */
export async function runAsItIs(
  model: Model,
  fill: (values: Float32Array) => Float32Array,
): Promise<number[][]> {
  const runner = await openAsItIs(writeModel(model));
  try {
    const feeds = Object.fromEntries(
      runner.inputs.map(({ name, shape }): [string, Tensor] => {
        const dims = shape as number[];
        const size = dims.reduce((product, dim) => product * dim, 1);
        return [name, { data: fill(new Float32Array(size)), dims, dtype: 'float32' }];
      }),
    );
    const outputs = await runner.run(feeds);
    return runner.outputs.map(({ name }) => Array.from(outputs[name]?.data as Float32Array));
  } finally {
    await runner.dispose();
  }
}

/** The nodes of a graph, but for those of {@link graphOf} that name its outputs. */
export const nodesOf = ({ graph }: Model) =>
  graph.nodes.filter(({ opType }) => opType !== 'Identity');
