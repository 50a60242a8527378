import { expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { checkOutputs, itemSizes } from './check-outputs.ts';
import { floats } from './testing.ts';

const info = (name: string, ...shape: (number | string)[]) => ({
  name,
  dtype: 'float32' as const,
  shape,
});

test('an item of an output has the product of its sizes; open ones say nothing', () => {
  const outputs = [info('mean', 'batch', 2, 3), info('log_q', 'batch'), info('open', 'batch', 'n')];
  expect([...itemSizes(outputs)]).toEqual([
    ['mean', 6],
    ['log_q', 1],
  ]);
});

test('outputs must have so many elements an item; those that are not there are not looked at', () => {
  const sizes = new Map([
    ['mean', 2],
    ['logits', 2],
  ]);
  expect(() => checkOutputs({ mean: tensor(floats(1, 2, 3, 4), [2, 2]) }, sizes, 2)).not.toThrow();
  for (const [values, count, received] of [
    [floats(1, 2, 3, 4), 1, '4'],
    [floats(1, 2), 2, '2'],
  ] as const) {
    expect(() => checkOutputs({ mean: tensor(values) }, sizes, count)).toThrow(
      expect.objectContaining({
        code: 'runtime',
        message:
          `The graph's output 'mean' should have ${count} × 2 elements, as the card says, received dims [${received}]. ` +
          'The graph does not match its card; export the model again.',
      }),
    );
  }
});
