import { expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { checkOutputs } from './check-outputs.ts';
import { floats } from './testing.ts';

const info = (name: string, ...shape: (number | string)[]) => ({
  name,
  dtype: 'float32' as const,
  shape,
});

test('an output has the product of its sizes an item; open ones may be anything', () => {
  const expected = [
    info('mean', 'batch', 2, 3),
    info('log_q', 'batch'),
    info('open', 'batch', 'n'),
  ];
  const outputs = {
    mean: tensor(new Float32Array(12), [2, 2, 3]),
    log_q: tensor(floats(1, 2)),
    open: tensor(floats(1, 2, 3)),
  };
  expect(() => checkOutputs(outputs, expected, 2)).not.toThrow();
  const short = { ...outputs, log_q: tensor(floats(1)) };
  expect(() => checkOutputs(short, expected, 2)).toThrow(
    "output 'log_q' should have 2 × 1 elements",
  );
});

test('outputs must have so many elements an item; those that are not there are not looked at', () => {
  const expected = [info('mean', 'batch', 2), info('logits', 'batch', 2)];
  const outputs = { mean: tensor(floats(1, 2, 3, 4), [2, 2]) };
  expect(() => checkOutputs(outputs, expected, 2)).not.toThrow();
  for (const [values, count, received] of [
    [floats(1, 2, 3, 4), 1, '4'],
    [floats(1, 2), 2, '2'],
  ] as const) {
    expect(() => checkOutputs({ mean: tensor(values) }, expected, count)).toThrow(
      expect.objectContaining({
        code: 'runtime',
        message:
          `The graph's output 'mean' should have ${count} × 2 elements, as the card says, received dims [${received}]. ` +
          'The graph does not match its card; export the model again.',
      }),
    );
  }
});
