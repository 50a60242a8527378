import { LANES } from '../../optimizers/update-kernel.ts';
import type { PlainTensor } from '../engine.ts';

/** Floats to which each tensor is padded: one cache line. */
const ALIGNMENT = 16;
const BYTES = 4;
const PAGE = 65_536;

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
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
  readonly #offsets = new Map<string, { offset: number; size: number; shape: readonly number[] }>();
  readonly #runs: readonly string[];

  /** @param runs names of the runs: weights, gradients, and the slots */
  constructor(parameters: readonly ParameterShape[], runs: readonly string[]) {
    let length = 0;
    for (const { name, shape } of parameters) {
      const size = shape.reduce((product, dim) => product * dim, 1);
      this.#offsets.set(name, { offset: length, size, shape });
      length += Math.ceil(size / ALIGNMENT) * ALIGNMENT;
    }
    this.length = Math.max(length, LANES);
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

  /** The numbers of a tensor in a run: the memory itself, not a copy. */
  view(run: string, parameter: string): PlainTensor {
    const { offset, size, shape } = this.#at(parameter);
    return {
      shape,
      data: new Float32Array(this.memory.buffer, this.pointer(run) + offset * BYTES, size),
    };
  }

  #at(parameter: string) {
    const found = this.#offsets.get(parameter);
    if (!found) throw new Error(`No parameter ${parameter}`);
    return found;
  }
}
