import type { Tensor } from '@latentkit/core';
import type { Tensor as OrtTensor } from 'onnxruntime-web/wasm';
import type { Ort } from './builds.ts';

/** Hands a tensor to ONNX Runtime, without a copy. */
export function toOrt(ort: Ort, { dtype, data, dims }: Tensor): OrtTensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, dims);
}
