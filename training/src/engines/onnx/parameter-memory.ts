import { sizeOf } from '@latentkit/core';
import { STRIDE } from '../../optimizers/update-kernel.ts';
import type { PlainTensor } from '../engine.ts';

/** Floats to which each tensor is padded: one cache line. */
const ALIGNMENT = 16;
const BYTES = 4;
const PAGE = 65_536;

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether a matrix is kept transposed. */
  readonly transposed: boolean;
}

/**
 * Weights, gradients and optimiser slots in one WebAssembly memory, each as one run of numbers with the
 * tensors in the same order, so that the optimiser is one loop. ONNX Runtime reads the weights and
 * writes the gradients right where they are.
 */
export class ParameterMemory {
  readonly memory: WebAssembly.Memory;
  /** Floats of a run, the padding (always 0) included. */
  readonly length: number;
  readonly #places = new Map<string, Parameter & { readonly offset: number }>();
  readonly #runs: readonly string[];

  /** @param runs names of the runs: weights, gradients, and the slots */
  constructor(parameters: readonly Parameter[], runs: readonly string[]) {
    let length = 0;
    for (const parameter of parameters) {
      this.#places.set(parameter.name, { ...parameter, offset: length });
      length += Math.ceil(sizeOf(parameter.shape) / ALIGNMENT) * ALIGNMENT;
    }
    this.length = Math.max(length, STRIDE);
    this.#runs = runs;
    this.memory = new WebAssembly.Memory({
      initial: Math.ceil((this.#stride * runs.length * BYTES) / PAGE),
    });
  }

  /** A cache line more than the length, so that runs do not contend for the same cache sets. */
  get #stride(): number {
    return this.length + ALIGNMENT;
  }

  /** Byte offset of a run. */
  pointer(run: string): number {
    return this.#runs.indexOf(run) * this.#stride * BYTES;
  }

  /** A tensor in a run as it is kept, transposed or not: the memory itself, not a copy. */
  view(run: string, name: string): PlainTensor {
    const { offset, shape, transposed } = this.#place(name);
    const start = this.pointer(run) + offset * BYTES;
    return {
      shape: transposed ? [...shape].reverse() : shape,
      data: new Float32Array(this.memory.buffer, start, sizeOf(shape)),
    };
  }

  /** A copy of a tensor in its own shape. */
  read(run: string, name: string): Float32Array {
    const kept = this.view(run, name);
    return this.#place(name).transposed ? transpose(kept) : kept.data.slice();
  }

  /** Sets a tensor from numbers in its own shape. */
  write(run: string, name: string, data: Float32Array): void {
    const { shape, transposed } = this.#place(name);
    this.view(run, name).data.set(transposed ? transpose({ shape, data }) : data);
  }

  #place(name: string) {
    const place = this.#places.get(name);
    if (!place) throw new Error(`No parameter ${name}`);
    return place;
  }
}

function transpose({ shape, data }: PlainTensor): Float32Array {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return turned;
}
