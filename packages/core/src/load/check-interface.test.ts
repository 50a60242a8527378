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
    'a dimension more',
    mean(['batch', 2, 1]),
    'outputs.mean: float32 [batch, 2] on the card, float32 [batch, 2, 1] in the graph',
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
  [
    'an input more',
    { inputs: [...inputs, { name: 'y', dtype: 'float32', shape: ['batch', 3] }], outputs },
    'inputs.y: asked for by the graph, missing on the card',
  ],
  ['no inputs', { inputs: [], outputs }, 'inputs.x: missing in the graph, which has none'],
])('a graph with %s does not', (_, graph, issue) => {
  const message =
    'The encoder graph is not the one that its card describes. Export the model again.\n' +
    `  - graphs.encoder.${issue}`;
  const check = () => checkInterface(card, 'encoder', graph);
  expect(check).toThrow(CardError);
  expect(check).toThrow(
    expect.objectContaining({
      code: 'invalid-card',
      message,
      issues: [`graphs.encoder.${issue}`],
    }),
  );
});

test('every difference is told, of a graph that was not opened too', () => {
  const issues = [
    'graphs.encoder.inputs.x: missing in the graph, which has none',
    'graphs.encoder.outputs.mean: missing in the graph, which has none',
    'graphs.encoder.outputs.log_var: missing in the graph, which has none',
  ];
  for (const graph of [{ inputs: [], outputs: [] }, undefined]) {
    expect(() => checkInterface(card, 'encoder', graph)).toThrow(
      expect.objectContaining({
        issues,
        message: expect.stringMatching(
          /again\.\n {2}- .*x: .*\n {2}- .*mean: .*\n {2}- .*log_var: /,
        ),
      }),
    );
  }
});

test('what else a graph has is told by name', () => {
  const outputs = ['a', 'b'].map((name) => ({ name, dtype: 'float32' as const, shape: [] }));
  expect(() => checkInterface(card, 'encoder', { inputs, outputs })).toThrow(
    'graphs.encoder.outputs.mean: missing in the graph, which has a, b',
  );
});

test('a graph that the card has not may have no inputs', () => {
  expect(() => checkInterface(card, 'prior', undefined)).not.toThrow();
  expect(() => checkInterface(card, 'prior', { inputs, outputs })).toThrow(
    expect.objectContaining({
      issues: ['graphs.prior.inputs.x: asked for by the graph, missing on the card'],
    }),
  );
});
