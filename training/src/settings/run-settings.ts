import { parseAugmentation } from '@latentkit/data/options';
import { BACKEND_NAMES, ENGINE_NAMES, OPTIMIZERS, RATE_SCHEDULES } from './choices.ts';
import { integer, number, oneOf, oneOrAuto, seed, text } from './domain.ts';
import { optional, setting } from './setting.ts';

/** How the weights are found. */
export const RUN_SETTINGS = {
  epochs: setting({
    name: 'epochs',
    flag: 'epochs',
    domain: integer(1_000_000),
    help: 'passes over the training items',
    standard: 10,
    resumable: true,
    onCard: 'always',
  }),
  batchSize: setting({
    name: 'batch size',
    flag: 'batch',
    domain: integer(65_536),
    help: 'items a step',
    standard: 128,
  }),
  augment: optional({
    name: 'augmentation',
    flag: 'augment',
    domain: text(
      '<how>',
      'flip, shift=pixels, crop=share, rotate=degrees, brightness=share, contrast=share, with commas between',
      parseAugmentation,
    ),
    help: 'vary training items each time they are met',
    standardWords: 'off',
  }),
  optimizer: setting({
    name: 'optimizer',
    flag: 'optimizer',
    domain: oneOf(OPTIMIZERS),
    help: 'how the weights are changed',
    standard: 'adam',
  }),
  learningRate: setting({
    name: 'learning rate',
    flag: 'learning-rate',
    domain: number({ above: 0 }),
    help: 'step size of the optimiser',
    standard: 0.001,
  }),
  rateSchedule: setting({
    name: 'learning rate schedule',
    flag: 'rate-schedule',
    domain: oneOf(RATE_SCHEDULES),
    help: 'how the learning rate goes down',
    standard: 'constant',
  }),
  weightDecay: setting({
    name: 'weight decay',
    flag: 'weight-decay',
    domain: number({ from: 0 }),
    help: 'share of a weight, times the learning rate, that a step takes off',
    standard: 0.01,
    uses: [{ optimizer: ['adamw'] }],
  }),
  momentum: setting({
    name: 'momentum',
    flag: 'momentum',
    domain: number({ from: 0, below: 1 }),
    help: 'share of the last change that goes on in the next',
    standard: 0.9,
    uses: [{ optimizer: ['sgd'] }],
  }),
  clipNorm: optional({
    name: 'clip norm',
    flag: 'clip-norm',
    domain: number({ above: 0 }),
    help: 'shorten longer gradients, over all weights together, to this length',
  }),
  weightAverage: setting({
    name: 'weight average',
    flag: 'weight-average',
    domain: number({ from: 0, below: 1 }, '<decay>'),
    help: 'test and export a moving average of the weights, 0.999 say',
    standard: 0,
    standardWords: 'off',
  }),
  seed: setting({
    name: 'seed',
    flag: 'seed',
    domain: seed,
    help: 'seed of weights, order and noise',
    standard: 1,
    onCard: 'always',
  }),
  engine: setting({
    name: 'engine',
    flag: 'engine',
    domain: oneOrAuto(ENGINE_NAMES),
    help: 'what runs the steps: compiled for ONNX Runtime, or operation by operation in tfjs',
    standard: 'auto',
    standardWords: 'auto, the fastest there is',
    resumable: true,
    onCard: 'never',
  }),
  backend: setting({
    name: 'backend',
    flag: 'backend',
    domain: oneOrAuto(BACKEND_NAMES),
    help: "the tfjs engine's",
    standard: 'auto',
    uses: [{ engine: ['auto', 'tfjs'] }],
    resumable: true,
    onCard: 'never',
  }),
};
