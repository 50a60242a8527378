import type { TracedGraph, TracedKernel, TracedTensor } from './graph.ts';
import { sizeIn } from './size.ts';

/**
 * Multiplications, about, that the first of the traces took: those of products and convolutions, and one for
 * each element that any other kernel computes.
 */
export function workOf(graph: Pick<TracedGraph, 'kernels'>): number {
  return graph.kernels.reduce((sum, kernel) => sum + kernelWork(kernel), 0);
}

function kernelWork(call: TracedKernel): number {
  const results = call.outputs.reduce((sum, tensor) => sum + elements(tensor), 0);
  const input = (name: string) => call.inputs[name] as TracedTensor;
  switch (call.kernel) {
    case 'BatchMatMul':
    case '_FusedMatMul':
      return results * dimension(input('a'), call.attrs['transposeA'] === true ? -2 : -1);
    case 'Conv2D':
    case 'FusedConv2D':
    case 'Conv3D': {
      const filter = input('filter');
      return results * (elements(filter) / dimension(filter, -1));
    }
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2D': {
      const filter = input('filter');
      return results * dimension(filter, 0) * dimension(filter, 1);
    }
    case 'Conv2DBackpropInput':
    case 'Conv3DBackpropInputV2': {
      // Transposed: every element of dy meets the whole filter of its channel.
      const filter = input('filter');
      return elements(input('dy')) * (elements(filter) / dimension(filter, -1));
    }
    default:
      return results;
  }
}

const dimension = ({ shape }: TracedTensor, axis: number): number => sizeIn(shape.at(axis) ?? 1, 0);

const elements = ({ shape }: TracedTensor): number =>
  shape.reduce<number>((product, size) => product * sizeIn(size, 0), 1);
