import type { NamedTensors } from '@latentkit/node';
import type { Case } from './golden.ts';

/** Largest errors of an output over all cases. */
export interface OutputError {
  /** Largest |received − expected|. */
  maxAbs: number;
  /** Largest |received − expected| / max(1, largest |expected| of the row). */
  maxScaled: number;
}

/** Errors by output; NaN where anything is missing, of another type or shape, or not a number. */
export function errorsOf(
  cases: readonly Case[],
  results: readonly NamedTensors[],
): Record<string, OutputError> {
  const errors: Record<string, OutputError> = {};
  for (const [index, { expected }] of cases.entries()) {
    for (const [name, { dtype, dims, ...tensor }] of Object.entries(expected)) {
      const data = tensor.data as Float32Array;
      errors[name] ??= { maxAbs: 0, maxScaled: 0 };
      const error = errors[name];
      const received = results[index]?.[name];
      const fits = received?.dtype === dtype && received.dims.join() === dims.join();
      const width = data.length / (dims[0] ?? 1);
      const scales = Array.from({ length: dims[0] ?? 1 }, (_, row) =>
        data
          .slice(row * width, (row + 1) * width)
          .reduce((largest, value) => Math.max(largest, Math.abs(value)), 1),
      );
      for (const [i, value] of data.entries()) {
        const distance = Math.abs(
          (fits ? ((received?.data[i] as number) ?? Number.NaN) : Number.NaN) - value,
        );
        // Once NaN, for ever NaN: Math.max passes it on.
        error.maxAbs = Math.max(error.maxAbs, distance);
        const scale = scales[Math.floor(i / width)] as number;
        error.maxScaled = Math.max(error.maxScaled, distance / scale);
      }
    }
  }
  return errors;
}
