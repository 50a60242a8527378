import { FITS, parseColour } from '@latentkit/core';
import { COLOURS, parseGroup, parseSize } from '@latentkit/data/options';
import { DATASET_NAMES } from '../choices.ts';
import { folder, integer, label, number, oneOf, seed, text } from '../domain.ts';
import { optional, setting } from '../setting.ts';

const MAX_ITEMS = 10_000_000;
const FILES = [{ name: ['files'] }] as const;

/** Which data: all that it takes to get the same items again. */
export const DATA_SETTINGS = {
  name: setting({
    name: 'data set',
    flag: 'data',
    domain: oneOf(DATASET_NAMES),
    help: 'what to train on; or the path of pictures of your own, which is files with --data-dir',
    standard: 'strokes',
    onCard: 'always',
  }),
  dataDir: optional({
    name: 'data folder',
    flag: 'data-dir',
    domain: folder,
    help: 'where the MNIST files are, or your own: a folder, glob, list, archive or array',
    standardWords: '$LATENTKIT_MNIST_DIR, or downloaded',
    uses: [{ name: ['mnist', 'files'] }],
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
    standardWords: '10,000 strokes, all of others',
  }),
  testCount: optional({
    name: 'test items',
    flag: 'test-items',
    domain: integer(MAX_ITEMS),
    help: 'so many to test',
    standardWords: '2,000 strokes, all of others',
  }),
  image: optional({
    name: 'image size',
    flag: 'image',
    domain: text('<HxW>', 'height x width, such as 64x64', parseSize),
    help: 'height and width that pictures are brought to',
    standardWords: 'found from the pictures',
    uses: FILES,
  }),
  colour: optional({
    name: 'colour',
    flag: 'colour',
    domain: oneOf(COLOURS),
    help: 'what pictures become',
    standardWords: 'found from the pictures',
    uses: FILES,
  }),
  fit: setting({
    name: 'fit',
    flag: 'fit',
    domain: oneOf(FITS),
    help: 'how pictures of another shape are cut, padded or stretched',
    standard: 'cover',
    uses: FILES,
  }),
  background: setting({
    name: 'background',
    flag: 'background',
    domain: text('<colour>', "'#rrggbb', 'black' or 'white'", (value) => parseColour(value)),
    help: 'what shows through transparent pixels and fills padding',
    standard: 'white',
    uses: FILES,
  }),
  testShare: setting({
    name: 'share of test items',
    flag: 'test-share',
    domain: number({ above: 0, below: 1 }),
    help: 'items kept for testing, where the files do not say which',
    standard: 0.1,
    uses: FILES,
  }),
  validationShare: setting({
    name: 'share of validation items',
    flag: 'validation-share',
    domain: number({ from: 0, below: 1 }),
    help: 'items kept for choosing the epoch to keep, where the files do not say which',
    standard: 0.05,
    uses: FILES,
  }),
  group: optional({
    name: 'group',
    flag: 'group',
    domain: text('<pattern>', 'a regular expression', parseGroup),
    help: 'keep pictures whose names have the same match on one side of the split',
    uses: FILES,
  }),
  maxBad: setting({
    name: 'share of bad pictures',
    flag: 'max-bad',
    domain: number({ from: 0 }),
    help: 'pictures that may be unreadable',
    standard: 0.01,
    uses: FILES,
  }),
  memory: setting({
    name: 'memory',
    flag: 'memory',
    domain: integer(2 ** 24, '<MiB>'),
    help: 'MiB of items to hold in memory; more are read from the disk',
    standard: 1024,
    uses: FILES,
    resumable: true,
    onCard: 'never',
  }),
  leaveOut: optional({
    name: 'class to leave out',
    flag: 'leave-out',
    domain: label,
    help: 'a class that no item is trained on, by its name or number, so that it can be measured as an anomaly',
  }),
};
