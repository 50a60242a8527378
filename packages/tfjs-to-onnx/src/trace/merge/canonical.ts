import type { KernelRecord, Recording, TensorRef } from '../recording.ts';

/** One recording, reduced to what the outputs need, with its tensors numbered in order of appearance. */
export interface Canonical {
  readonly recording: Recording;
  readonly kernels: readonly KernelRecord[];
  readonly numbers: ReadonlyMap<number, number>;
  readonly refs: readonly TensorRef[];
}

/** Drops what no output needs and numbers the tensors. */
export function canonical(recording: Recording): Canonical {
  // A kernel that a backend ran inside of another yields to the outer one, which comes first.
  const producers = new Map<number, number>();
  for (const [i, kernel] of recording.kernels.entries()) {
    for (const output of kernel.outputs) {
      if (!producers.has(output.id)) producers.set(output.id, i);
    }
  }
  const live = new Set<number>();
  const stack = [
    ...recording.outputs.map(([, ref]) => ref.id),
    ...recording.assignments.map(({ value }) => value.id),
  ];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const producer = producers.get(id);
    if (producer === undefined || live.has(producer)) continue;
    live.add(producer);
    for (const ref of inputRefs(recording.kernels[producer] as KernelRecord)) stack.push(ref.id);
  }
  const kernels = [...live].sort((a, b) => a - b).map((i) => recording.kernels[i] as KernelRecord);
  const numbers = new Map<number, number>();
  const refs: TensorRef[] = [];
  const number = (ref: TensorRef) => {
    if (numbers.has(ref.id)) return;
    numbers.set(ref.id, refs.length);
    refs.push(ref);
  };
  for (const ref of recording.inputs) number(ref);
  for (const kernel of kernels) {
    for (const ref of inputRefs(kernel)) number(ref);
    for (const ref of kernel.outputs) number(ref);
  }
  for (const [, ref] of recording.outputs) number(ref);
  for (const { value } of recording.assignments) number(value);
  return { recording, kernels, numbers, refs };
}

/** All tensors that a kernel takes. */
export function inputRefs(kernel: KernelRecord): TensorRef[] {
  return Object.values(kernel.inputs).flatMap((input) =>
    input === undefined ? [] : Array.isArray(input) ? input : [input],
  );
}
