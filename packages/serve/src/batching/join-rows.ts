import type { GraphRunner, NamedTensors, Tensor } from '@latentkit/core';

/**
 * The rows of several requests in one batch, in their order, in memory of its own that a runner may keep.
 *
 * @param parts feeds of the same names, dtypes and item shapes
 */
export function joinRows(
  parts: readonly NamedTensors[],
  runner: Pick<GraphRunner, 'spareBuffer'>,
): NamedTensors {
  const joined: Record<string, Tensor> = {};
  for (const [name, first] of Object.entries(parts[0] ?? {})) {
    const tensors = parts.map((part) => part[name] as Tensor);
    const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
    const rows = tensors.reduce((sum, { dims }) => sum + (dims[0] as number), 0);
    const buffer = runner.spareBuffer?.(bytes) ?? new ArrayBuffer(bytes);
    const whole = new Uint8Array(buffer);
    let at = 0;
    for (const { data } of tensors) {
      whole.set(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength), at);
      at += data.byteLength;
    }
    const Elements = first.data.constructor as new (buffer: ArrayBuffer) => Float32Array;
    const [, ...item] = first.dims;
    joined[name] = {
      data: new Elements(buffer),
      dims: [rows, ...item],
      dtype: first.dtype,
    } as Tensor;
  }
  return joined;
}
