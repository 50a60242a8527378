import { DATASET_NAMES } from './choices.ts';
import { folder, integer, oneOf, seed } from './domain.ts';
import { optional, setting } from './setting.ts';

const MAX_ITEMS = 10_000_000;

/** Which data: all that it takes to get the same items again. */
export const DATA_SETTINGS = {
  name: setting({
    name: 'data set',
    flag: 'data',
    domain: oneOf(DATASET_NAMES),
    help: 'what to train on',
    standard: 'strokes',
    onCard: 'always',
  }),
  dataDir: optional({
    name: 'data folder',
    flag: 'data-dir',
    domain: folder,
    help: 'where the MNIST files are',
    standardWords: '$LATENTKIT_MNIST_DIR, or downloaded',
    uses: [{ name: ['mnist'] }],
    resumable: true,
    onCard: 'never',
  }),
  seed: setting({
    name: 'data seed',
    flag: 'data-seed',
    domain: seed,
    help: 'seed of drawn data',
    standard: 1,
    uses: [{ name: ['strokes'] }],
  }),
  trainCount: optional({
    name: 'training items',
    flag: 'train-items',
    domain: integer(MAX_ITEMS),
    help: 'so many to train on',
    standardWords: '10,000 strokes, all of mnist',
  }),
  testCount: optional({
    name: 'test items',
    flag: 'test-items',
    domain: integer(MAX_ITEMS),
    help: 'so many to test',
    standardWords: '2,000 strokes, all of mnist',
  }),
};
