import { LatentkitError } from './errors.ts';
import type { NamedTensors } from './runner.ts';
import type { Tensor } from './tensor.ts';

/** Takes a float32 output of a graph by its name. */
export function outputOf(outputs: NamedTensors, name: string): Tensor<'float32'> {
  const output = outputs[name];
  if (output?.dtype !== 'float32') {
    throw new LatentkitError(
      'runtime',
      `The graph's output '${name}' should be float32, received ${output?.dtype ?? 'nothing'}; ` +
        `outputs: ${Object.keys(outputs).join(', ')}. The graph does not match its card; export the model again.`,
    );
  }
  return output as Tensor<'float32'>;
}
