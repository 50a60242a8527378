import { LatentkitError } from '../errors/index.ts';
import type { DType, Tensor } from '../tensor.ts';
import type { NamedTensors } from './runner.ts';

/**
 * Takes an output of a graph by its name.
 *
 * @throws LatentkitError `runtime` if it is absent or of another dtype
 */
export function outputOf<D extends DType = 'float32'>(
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
