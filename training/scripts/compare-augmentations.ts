/**
 * Does augmentation help where there are few labels? Trains the digit classifier of this package on 10, 30 and 100
 * labelled MNIST images a class, alone and with ways of enlarging them, and measures it on the test images. Every
 * classifier takes the same number of steps; each seed draws other images.
 *
 *   npm run compare:augmentations [-- FOLDER OF MNIST [SEEDS]]
 *
 * Writes the table of docs/augmentation.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Autoencoder, createRandom } from '@latentkit/core';
import {
  type Augmentation,
  augmentBatch,
  datasetOf,
  gatherItems,
  loadMnist,
  readItems,
} from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { exportModel, train } from '../src/index.ts';
import { openClassifier, trainClassifier } from '../src/judge/classifier/index.ts';
import { writeTable } from './write-table.ts';

const [dataDir, seeds = '5'] = process.argv.slice(2);
const PER_CLASS = [10, 30, 100];
const CLASSES = 10;
const SIZE = 28 * 28;
/** Variants of each item beside itself. */
const VARIANTS = 19;
const STEPS = 400;
const BATCH = 100;
/** Settings of the autoencoders that see the labelled images alone. */
const VAE = {
  family: 'vae',
  architecture: 'mlp',
  activation: 'relu',
  likelihood: 'bernoulli',
  hiddenSizes: [200],
  latentSize: 16,
} as const;
const VAE_STEPS = 1500;
const COPIES = 20;

interface Labelled {
  /** [count × 784] */
  readonly images: Float32Array;
  readonly labels: Uint8Array;
}

/** Ways of enlarging a set; each gives the items themselves and variants of them. */
type Way = (set: Labelled, seed: number) => Promise<Labelled>;

const { train: all, test } = await loadMnist({ dataDir });
const testImages = readItems(test);
const folder = await mkdtemp(join(tmpdir(), 'latentkit-augmentations-'));
const knowsAll = await loadAutoencoder('models/mnist-vae', { device: 'cpu' });

/** The first images of each class, in an order that the seed draws. */
function draw(perClass: number, seed: number): Labelled {
  const order = Uint32Array.from({ length: all.count }, (_, i) => i);
  createRandom(seed, 'compare-augmentations/items').shuffle(order);
  const chosen = Array.from({ length: CLASSES }, (_, label) =>
    Array.from(order.filter((i) => all.labels[i] === label).subarray(0, perClass)),
  ).flat();
  return {
    images: gatherItems(all, Uint32Array.from(chosen), new Float32Array(chosen.length * SIZE)),
    labels: Uint8Array.from(chosen, (i) => all.labels[i] as number),
  };
}

function together(...sets: readonly Labelled[]): Labelled {
  const images = new Float32Array(sets.reduce((sum, set) => sum + set.images.length, 0));
  const labels = new Uint8Array(images.length / SIZE);
  let at = 0;
  for (const set of sets) {
    images.set(set.images, at * SIZE);
    labels.set(set.labels, at);
    at += set.labels.length;
  }
  return { images, labels };
}

/** Each item so many times, one copy after the other. */
function repeated({ images, labels }: Labelled, times: number): Labelled {
  const count = labels.length;
  const rows = Uint32Array.from({ length: count * times }, (_, copy) => Math.floor(copy / times));
  return {
    images: gatherItems({ images, count }, rows, new Float32Array(images.length * times)),
    labels: Uint8Array.from(rows, (row) => labels[row] as number),
  };
}

/** The set itself, and its items or what stands for them moved about. */
function moved(set: Labelled, variants: Labelled, how: Augmentation, seed: number): Labelled {
  augmentBatch(variants.images, { itemShape: [28, 28, 1], valueRange: [0, 1] }, how, seed, 0);
  return together(set, variants);
}

async function drawn(model: Autoencoder, set: Labelled, seed: number): Promise<Labelled> {
  const { mean } = await model.augment(set.images, { seed, count: VARIANTS });
  return together(set, { images: mean.data, labels: repeated(set, VARIANTS).labels });
}

async function trainedOn(set: Labelled, seed: number): Promise<Autoencoder> {
  // Epochs of a few steps would be spent on what stands between them.
  const { images } = repeated(set, COPIES);
  const data = datasetOf({ images, itemShape: [28, 28, 1], testShare: 0.1 });
  const batchSize = Math.min(BATCH, data.train.count);
  const runDir = join(folder, `run-${set.labels.length}-${seed}`);
  const outDir = join(folder, `model-${set.labels.length}-${seed}`);
  const epochs = Math.ceil(VAE_STEPS / Math.ceil(data.train.count / batchSize));
  await train({ ...VAE, runDir, data, seed, batchSize, epochs });
  await exportModel({ runDir, outDir, dataset: data });
  return loadAutoencoder(outDir, { device: 'cpu' });
}

const WAYS: Record<string, Way> = {
  'the labelled images alone': async (set) => set,
  'flips and shifts': async (set, seed) =>
    moved(set, repeated(set, VARIANTS), { flip: 'horizontal', shift: 2 }, seed),
  'shifts alone': async (set, seed) => moved(set, repeated(set, VARIANTS), { shift: 2 }, seed),
  'a VAE of the labelled images': async (set, seed) => {
    const model = await trainedOn(set, seed);
    const larger = await drawn(model, set, seed);
    await model.dispose();
    return larger;
  },
  'a VAE of all images, without labels': (set, seed) => drawn(knowsAll, set, seed),
  'that VAE, then shifts': async (set, seed) =>
    moved(set, await drawn(knowsAll, set, seed), { shift: 2 }, seed),
};

/** Share of the test images that a classifier trained on a set gets right. */
async function accuracy({ images, labels }: Labelled, seed: number): Promise<number> {
  const count = labels.length;
  const epochs = Math.round(STEPS / Math.ceil(count / BATCH));
  const data = { images, labels, count };
  const bytes = await trainClassifier({ data, seed, epochs, batchSize: BATCH });
  const classifier = await openClassifier(bytes, 'just trained');
  const found = (await classifier.classify(testImages)).labels;
  await classifier.dispose();
  return found.filter((label, i) => label === test.labels[i]).length / test.count;
}

const results = new Map(Object.keys(WAYS).map((way) => [way, PER_CLASS.map(() => [] as number[])]));
try {
  for (const [column, perClass] of PER_CLASS.entries()) {
    for (let seed = 1; seed <= Number(seeds); seed++) {
      const set = draw(perClass, seed);
      for (const [name, way] of Object.entries(WAYS)) {
        const right = await accuracy(await way(set, seed), seed);
        results.get(name)?.[column]?.push(right);
        console.log(`${perClass} a class, seed ${seed}, ${name}: ${(100 * right).toFixed(2)} %`);
      }
    }
  }
} finally {
  await knowsAll.dispose();
  await rm(folder, { recursive: true, force: true });
}

const percent = (share: number) => (100 * share).toFixed(1);
/** Mean and standard deviation over the seeds. */
function summary(shares: readonly number[]): string {
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  return `${percent(mean)} ± ${percent(Math.sqrt(squares / Math.max(1, shares.length - 1)))}`;
}

await writeTable('docs/augmentation.md', 'augmentations', [
  ['trained on', ...PER_CLASS.map((perClass) => `${perClass} a class`)],
  ...Array.from(results, ([name, columns]) => [name, ...columns.map(summary)]),
]);
