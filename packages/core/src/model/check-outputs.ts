import { LatentkitError } from '../errors/index.ts';
import type { NamedTensors, TensorInfo } from '../run/runner.ts';
import { sizeOf } from '../tensor.ts';

/** Elements an item of each output of a graph, by its name, as the card says; sizes that it leaves open are absent. */
export function itemSizes(outputs: readonly TensorInfo[]): ReadonlyMap<string, number> {
  return new Map(
    outputs.flatMap(({ name, shape }) => {
      const [, ...item] = shape;
      return item.every((dim) => typeof dim === 'number') ? [[name, sizeOf(item)]] : [];
    }),
  );
}

/**
 * What a graph gave for `count` items must have the sizes that its card names: a graph may leave its
 * own open, so that the card alone says them.
 *
 * @throws LatentkitError `runtime`
 */
export function checkOutputs(
  outputs: NamedTensors,
  sizes: ReadonlyMap<string, number>,
  count: number,
): void {
  for (const [name, size] of sizes) {
    const output = outputs[name];
    if (output && output.data.length !== count * size) {
      throw new LatentkitError(
        'runtime',
        `The graph's output '${name}' should have ${count} × ${size} elements, as the card says, received ` +
          `dims [${output.dims.join(', ')}]. The graph does not match its card; export the model again.`,
      );
    }
  }
}
