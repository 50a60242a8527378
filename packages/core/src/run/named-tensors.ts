import { checkMethod, checkObject } from '../errors/check.ts';
import { LatentkitError } from '../errors/index.ts';
import type { DType, Tensor } from '../tensor.ts';
import { isShared, ofThisRealm } from '../typed-arrays.ts';
import type { BufferStore } from './buffer-store.ts';
import type { GraphRunner, NamedTensors, TensorInfo } from './runner.ts';

/** What ONNX Runtime says of a graph's input or output, in Node and in browsers. */
type ValueMetadata =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string;
      readonly isTensor: true;
      readonly type: string;
      readonly shape: readonly (number | string)[];
    };

/** What a run of ONNX Runtime gives for each output. */
interface OrtTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** @throws LatentkitError `runtime` for a sequence or a map */
export function tensorInfoOf(metadata: ValueMetadata): TensorInfo {
  checkObject('metadata', metadata);
  if (!metadata.isTensor) {
    throw new LatentkitError(
      'runtime',
      `'${metadata.name}' is a sequence or a map; latentkit runs graphs of tensors only.`,
    );
  }
  return { name: metadata.name, dtype: metadata.type as DType, shape: metadata.shape };
}

/**
 * A tensor that ONNX Runtime gave, in Node or in a browser, as one of ours: the same memory.
 *
 * @throws LatentkitError `runtime` for texts and for packed 4-bit integers
 */
export function tensorOf(tensor: OrtTensor): Tensor {
  checkObject('tensor', tensor);
  const { type, data, dims } = tensor;
  if (type === 'string' || type === 'int4' || type === 'uint4') {
    throw new LatentkitError(
      'runtime',
      `The graph returned a tensor of type ${type}, which latentkit does not support.`,
    );
  }
  // Newer engines have a Float16Array; a tensor of ours holds the raw bits everywhere.
  const held = type === 'float16' ? bitsOf(data as Uint16Array) : data;
  return { dtype: type as DType, data: held, dims } as Tensor;
}

function bitsOf({ buffer, byteOffset, length }: Uint16Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

/** Tensors that came from elsewhere: a message is read in the realm of the process, not of the caller. */
export function tensorsOfThisRealm(tensors: NamedTensors): NamedTensors {
  const here: Record<string, Tensor> = {};
  for (const name in tensors) {
    const { data, dims, dtype } = tensors[name] as Tensor;
    here[name] = { data: ofThisRealm(data), dims: [...dims], dtype } as Tensor;
  }
  return here;
}

/** The memory of tensors, to hand over to another thread; what threads share already cannot be. */
export function buffersOf(tensors: NamedTensors): ArrayBuffer[] {
  const buffers = Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer);
  return [...new Set(buffers)].filter((buffer) => !isShared(buffer));
}

export function byteLengthOf(tensors: NamedTensors): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** Compact copies of tensors, each in memory of its own: from the store, where it has some that fits. */
export function copyTensors(tensors: NamedTensors, store: BufferStore): NamedTensors {
  const copies: Record<string, Tensor> = {};
  for (const name in tensors) {
    const { data, dims, dtype } = tensors[name] as Tensor;
    const buffer = store.takeAtLeast(data.byteLength) ?? new ArrayBuffer(data.byteLength);
    const source = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    new Uint8Array(buffer).set(source);
    const Copy = data.constructor as new (...args: [ArrayBuffer, 0, number]) => Float32Array;
    copies[name] = { data: new Copy(buffer, 0, data.length), dims, dtype } as Tensor;
  }
  return copies;
}

/**
 * Copies outputs into the memory that the caller gave for them, where they are not there already.
 *
 * @returns `given`
 * @throws LatentkitError `runtime` for memory of another type or size than the output's. Not an ArgumentError:
 *   the size is known once the graph has run, and the code is the same wherever a graph runs
 */
export function fillOutputs(given: NamedTensors, outputs: NamedTensors): NamedTensors {
  checkObject('given', given);
  checkObject('outputs', outputs);
  for (const name in given) {
    const target = given[name] as Tensor;
    const output = outputs[name];
    if (output?.data === target.data) continue;
    if (output?.dtype !== target.dtype || output.data.length !== target.data.length) {
      const found = output
        ? `${output.dtype} of ${output.data.length} values (dims [${output.dims.join(', ')}])`
        : 'no such output';
      throw new LatentkitError(
        'runtime',
        `The output '${name}' does not fit the tensor given for it: expected ${found}, ` +
          `received ${target.dtype} of ${target.data.length}.`,
      );
    }
    (target.data as Float32Array).set(output.data as Float32Array);
  }
  return given;
}

/** Frees several runners at a time. */
export async function disposeAll(runners: Readonly<Record<string, GraphRunner>>): Promise<void> {
  checkObject('runners', runners);
  await Promise.all(
    Object.values(runners).map((runner) => {
      checkMethod('runner', runner, 'dispose');
      return runner.dispose();
    }),
  );
}
