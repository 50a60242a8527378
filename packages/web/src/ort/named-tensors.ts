import { InputError, type NamedTensors, type Tensor } from '@latentkit/core';

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/**
 * Copies outputs into the memory that the caller gave for them. (ONNX Runtime for the web takes such
 * tensors, but does not write into them.)
 *
 * @returns `given`
 * @throws InputError for memory of another type or size than the output's
 */
export function fillOutputs(given: NamedTensors, outputs: NamedTensors): NamedTensors {
  for (const [name, tensor] of Object.entries(given)) {
    const { dtype, data, dims } = outputs[name] as Tensor;
    if (tensor.dtype !== dtype || tensor.data.length !== data.length) {
      throw new InputError(
        `output '${name}'`,
        `${dtype} of ${data.length} values (dims [${dims.join(', ')}])`,
        `${tensor.dtype} of ${tensor.data.length}`,
      );
    }
    (tensor.data as Float32Array).set(data as Float32Array);
  }
  return given;
}

/** The memory of tensors, to hand over to another thread. */
export function buffersOf(tensors: NamedTensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer))];
}
