import { LatentkitError } from '../errors/index.ts';
import type { NamedTensors, TensorInfo } from '../run/runner.ts';
import { sizeOf } from '../tensor.ts';

/**
 * What a graph gave for `count` items must have the sizes that its card names: a graph may leave its
 * own open, so that the card alone says them; what the card leaves open as well is anything.
 *
 * @throws LatentkitError `runtime`
 */
export function checkOutputs(
  outputs: NamedTensors,
  expected: readonly TensorInfo[],
  count: number,
): void {
  for (const { name, shape } of expected) {
    const [, ...item] = shape;
    const output = outputs[name];
    if (!output || !item.every((dim) => typeof dim === 'number')) continue;
    const size = sizeOf(item);
    if (output.data.length !== count * size) {
      throw new LatentkitError(
        'runtime',
        `The graph's output '${name}' should have ${count} × ${size} elements, as the card says, received ` +
          `dims [${output.dims.join(', ')}]. The graph does not match its card; export the model again.`,
      );
    }
  }
}
