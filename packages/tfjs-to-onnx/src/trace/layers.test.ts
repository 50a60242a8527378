import { expect, test } from '@jest/globals';
import { layers } from '@tensorflow/tfjs-layers';
import { layerNames, stableNames } from './layers.ts';

test('layers keep the names that they were given; made-up ones are numbered in order of appearance', () => {
  const name = layerNames();
  const [first, second] = [layers.dense({ units: 1 }), layers.dense({ units: 1 })];
  const conv = layers.conv2d({ filters: 1, kernelSize: 1 });
  const given = layers.dense({ units: 1, name: 'hidden' });
  expect([second, first, conv, given, second].map(name)).toEqual([
    'dense',
    'dense_1',
    'conv2d',
    'hidden',
    'dense',
  ]);
});

test('every made-up name is known as one', () => {
  const made = [
    layers.maxPooling1d({}),
    layers.globalAveragePooling2d({}),
    layers.lstm({ units: 1 }),
    layers.convLstm2d({ filters: 1, kernelSize: 1 }),
    layers.reLU(),
    layers.batchNormalization(),
    layers.upSampling2d({}),
    layers.simpleRNN({ units: 1 }),
  ];
  const name = layerNames();
  for (const layer of made) expect(name(layer)).not.toMatch(/[A-Z]/);
});

test('a name that only looks made up stays', () => {
  expect(layerNames()({ name: 'code_Z1' })).toBe('code_Z1');
});

test('inputs and outputs lose their counters and are told apart', () => {
  expect(stableNames(['dense_Dense7_input'])).toEqual(['dense_input']);
  expect(stableNames(['input12', 'input13'])).toEqual(['input', 'input_1']);
  expect(stableNames(['lstm_LSTM3', 'lstm_LSTM3'])).toEqual(['lstm', 'lstm_1']);
  expect(stableNames(['mean', 'log_var', 'code_Z1'])).toEqual(['mean', 'log_var', 'code_Z1']);
});

test('names that a person gave are kept, whatever is made up before them, and none is taken twice', () => {
  expect(stableNames(['dense_Dense7', 'dense', 'dense_1'])).toEqual([
    'dense_2',
    'dense',
    'dense_1',
  ]);
  expect(stableNames(['input1', 'input'])).toEqual(['input_1', 'input']);
  expect(stableNames(['input', 'mean'], ['input'])).toEqual(['input_1', 'mean']);
});
