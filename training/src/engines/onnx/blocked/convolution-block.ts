import type { GraphRunner } from '@latentkit/core';
import { attr, GraphBuilder, writeModel } from '@latentkit/onnx';
import { NCHWC } from './nchwc.ts';

/** As many as the widest vectors of a processor hold twice over. */
const CHANNELS = 32;

/**
 * Channels that ONNX Runtime's kernels for convolution keep side by side: 8 on a processor with vectors of 8 floats, 16
 * with AVX-512. Undefined where it has no such kernels (WebAssembly, graphics processors). It is read off a graph that
 * reorders 0, 1, 2, …, since ONNX Runtime does not tell.
 */
export async function convolutionBlock(
  open: (bytes: Uint8Array) => Promise<GraphRunner>,
): Promise<number | undefined> {
  const dims = [1, CHANNELS, 1, 2];
  const graph = new GraphBuilder('block', { domains: { [NCHWC]: 1 } });
  const given = graph.input('given', 'float32', dims);
  const attributes = { channels_last: attr.int(0) };
  const reordered = graph.node('ReorderInput', [given], attributes, { domain: NCHWC });
  graph.output(reordered, 'float32', dims);
  const data = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
  try {
    const runner = await open(writeModel(graph.build()));
    try {
      const found = await runner.run({ given: { data, dims, dtype: 'float32' } });
      return blockOf(found[reordered]?.data as Float32Array);
    } finally {
      await runner.dispose();
    }
  } catch {
    return undefined;
  }
}

/** Channel c at place w was the number 2c + w: a block of b has its channels at one place, then at the next. */
function blockOf(order: Float32Array): number | undefined {
  const block = order.indexOf(1);
  const expected = (i: number) => {
    const [from, within] = [i - (i % (2 * block)), i % (2 * block)];
    return from + 2 * (within % block) + Math.floor(within / block);
  };
  return block > 1 && order.every((value, i) => value === expected(i)) ? block : undefined;
}
