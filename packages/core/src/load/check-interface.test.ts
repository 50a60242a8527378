import { expect, test } from '@jest/globals';
import { CardError } from '../errors/index.ts';
import type { TensorInfo } from '../run/runner.ts';
import { fakeCard } from '../testing.ts';
import { checkInterface } from './check-interface.ts';

const card = fakeCard();
const { inputs, outputs } = card.graphs.encoder;
const mean = (shape: TensorInfo['shape'], dtype: TensorInfo['dtype'] = 'float32') => ({
  inputs,
  outputs: [{ name: 'mean', dtype, shape }, ...outputs.slice(1)],
});

test.each([
  ['the same', ['batch', 2]],
  ['another name of a dimension', ['n', 2]],
  ['a size that the graph leaves open', ['n', 'size']],
  ['a rank that the graph leaves open', []],
])('a graph with %s fits', (_, shape) => {
  expect(() => checkInterface(card, 'encoder', mean(shape))).not.toThrow();
});

test.each<[string, Parameters<typeof checkInterface>[2], string]>([
  [
    'another size',
    mean(['batch', 4]),
    'outputs.mean: float32 [batch, 2] on the card, float32 [batch, 4] in the graph',
  ],
  [
    'another rank',
    mean(['batch', 1, 2]),
    'outputs.mean: float32 [batch, 2] on the card, float32 [batch, 1, 2] in the graph',
  ],
  [
    'another dtype',
    mean(['batch', 2], 'float16'),
    'outputs.mean: float32 [batch, 2] on the card, float16 [batch, 2] in the graph',
  ],
  [
    'a fixed batch',
    mean([1, 2]),
    'outputs.mean: float32 [batch, 2] on the card, float32 [1, 2] in the graph',
  ],
  [
    'an output less',
    { inputs, outputs: outputs.slice(1) },
    'outputs.mean: missing in the graph, which has log_var',
  ],
  ['no outputs', { inputs, outputs: [] }, 'outputs.mean: missing in the graph, which has none'],
  [
    'an input more',
    { inputs: [...inputs, { name: 'y', dtype: 'float32', shape: ['batch', 3] }], outputs },
    'inputs.y: asked for by the graph, missing on the card',
  ],
])('a graph with %s does not', (_, graph, issue) => {
  let error: unknown;
  try {
    checkInterface(card, 'encoder', graph);
  } catch (caught) {
    error = caught;
  }
  expect(CardError.isInstance(error) && error.issues[0]).toBe(`graphs.encoder.${issue}`);
  expect((error as CardError).message).toContain(issue);
});

test('every difference is told', () => {
  const one = expect.stringMatching(/^graphs\.encoder\./);
  expect(() => checkInterface(card, 'encoder', { inputs: [], outputs: [] })).toThrow(
    expect.objectContaining({ issues: [one, one, one] }),
  );
});
