import { type DType, LatentkitError, type Tensor } from '@latentkit/core';
import type { Tensor as OrtTensor } from 'onnxruntime-web/wasm';
import type { Ort } from './builds.ts';

/** Hands a tensor to ONNX Runtime, without a copy. */
export function toOrt(ort: Ort, { dtype, data, dims }: Tensor): OrtTensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, dims);
}

/** Takes a tensor from ONNX Runtime, without a copy. */
export function fromOrt({ type, data, dims }: OrtTensor): Tensor {
  if (type === 'string' || type === 'int4' || type === 'uint4') {
    throw new LatentkitError(
      'runtime',
      `The graph returned a tensor of type ${type}, which latentkit does not support.`,
    );
  }
  // New browsers have a Float16Array; a latentkit tensor holds the raw bits everywhere.
  const { buffer, byteOffset, length } = data as Float32Array;
  const held = type === 'float16' ? new Uint16Array(buffer, byteOffset, length) : data;
  return { dtype: type as DType, data: held as Float32Array, dims } as Tensor;
}
