import { LatentkitError } from '../errors/index.ts';
import type { DType, Tensor } from '../tensor.ts';
import { isFloats } from '../typed-arrays.ts';
import { firstNotFinite } from '../value-range.ts';
import type { NamedTensors } from './runner.ts';

/**
 * Takes an output of a graph by its name.
 *
 * @throws LatentkitError `runtime` if it is absent, of another dtype, or not finite
 */
export function outputOf<D extends DType = 'float32'>(
  outputs: NamedTensors,
  name: string,
  dtype: D = 'float32' as D,
): Tensor<D> {
  const output = unboundedOutputOf(outputs, name, dtype);
  const { data } = output;
  const bad = isFloats(data) ? firstNotFinite(data) : -1;
  if (bad >= 0) {
    const width = data.length / (output.dims[0] ?? 1);
    throw new LatentkitError(
      'runtime',
      `The model gave ${data[bad]} in its output '${name}' (item ${Math.floor(bad / width)}), though ` +
        'its input is finite: its weights are at fault, or the precision is too small. ' +
        "Load it with dtype 'fp32', or export it again from an earlier epoch.",
    );
  }
  return output;
}

/** The same for an output in which infinity has a meaning: ln 0. */
export function unboundedOutputOf<D extends DType = 'float32'>(
  outputs: NamedTensors,
  name: string,
  dtype: D = 'float32' as D,
): Tensor<D> {
  const output = outputs[name];
  if (output?.dtype !== dtype) {
    throw new LatentkitError(
      'runtime',
      `The graph's output '${name}' should be ${dtype}, received ${output?.dtype ?? 'nothing'}; ` +
        `outputs: ${Object.keys(outputs).join(', ')}. The graph does not match its card; export the model again.`,
    );
  }
  return output as Tensor<D>;
}
