import { sizeOf } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { GraphBuilder, inferShapes, readModel, writeModel } from '@latentkit/onnx';

/**
 * The matrix products of a graph and nothing else, each on numbers of its own: what no arrangement of
 * the rest can go below, with these kernels in this precision. Products with a vector are left out.
 */
export async function createProducts(
  bytes: Uint8Array,
): Promise<{ readonly run: () => Promise<void> }> {
  const model = readModel(bytes);
  const { types } = inferShapes(model);
  const sizes = (name: string) => {
    const type = types.get(name);
    return (type?.kind === 'tensor' ? type.shape : []) as number[];
  };
  const products = new GraphBuilder('products');
  const feeds: Record<string, Tensor> = {};
  const outputs: Record<string, Tensor> = {};
  for (const { opType, inputs, outputs: results, attributes } of model.graph.nodes) {
    const [left, right] = inputs as [string, string];
    const result = results[0] as string;
    if (opType !== 'Gemm' || Math.min(...sizes(left), ...sizes(right)) === 1) continue;
    const operands = [left, right].map((name) => {
      const input = products.input(`${result}:${name}`, 'float32', sizes(name));
      feeds[input] = tensor(sizes(name));
      return input;
    });
    const kept = [...attributes].filter(([name]) => name.startsWith('trans'));
    const output = products.node('Gemm', operands, Object.fromEntries(kept), { output: result });
    products.output(output, 'float32', sizes(result));
    outputs[output] = tensor(sizes(result));
  }
  const runner = await createRunner(writeModel(products.build()));
  return { run: async () => void (await runner.run(feeds, { outputs })) };
}

interface Tensor {
  readonly data: Float32Array;
  readonly dims: number[];
  readonly dtype: 'float32';
}

/** Numbers in [0, 1): products of zeros or denormals would take another time. */
function tensor(dims: number[]): Tensor {
  const data = Float32Array.from({ length: sizeOf(dims) }, Math.random);
  return { data, dims, dtype: 'float32' };
}
