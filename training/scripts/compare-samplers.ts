/**
 * Compares samples of N(0, I) with samples of a mixture of Gaussians that is fitted to the latents of training
 * items, by their Fréchet distance from test items in the features of a classifier of this package: the digit
 * classifier that it comes with, or, for pictures of one's own, one that is trained on their labels.
 *
 *   npm run compare:samplers                                  models/mnist-vae and MNIST
 *   npm run compare:samplers -- MODEL --data PICTURES [--group PATTERN] [--samples COUNT]
 *
 * PICTURES are labelled, and the model was trained on them with the same `--group`: see docs/editing.md.
 */
import { parseArgs } from 'node:util';
import { fitGaussianMixture, type ModelCard, sampleMixture } from '@latentkit/core';
import { type Dataset, loadData, loadMnist, readItems, takeItems } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import {
  type Classifier,
  loadClassifier,
  openClassifier,
  trainClassifier,
} from '../src/judge/classifier/index.ts';
import { frechetDistance, momentsOf } from '../src/judge/samples/frechet-distance.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    'data-dir': { type: 'string' },
    group: { type: 'string' },
    samples: { type: 'string', default: '10000' },
  },
});
const [folder = 'models/mnist-vae'] = positionals;
const count = Number(values.samples);
const SEED = 0;
const EPOCHS = 20;

/** Labelled pictures in the form that the model's items have. */
async function openData(path: string, { item }: ModelCard): Promise<Dataset> {
  const [height, width, channels] = item.shape as [number, number, number];
  return loadData({
    path,
    image: [height, width],
    colour: channels === 1 ? 'grey' : 'rgb',
    group: values.group,
  });
}

/** A classifier that knows the labels of the data, and how well. */
async function learnLabels({ name, train, test, itemShape, labelNames }: Dataset) {
  const classes = labelNames.length;
  if (classes < 2) throw new Error(`${name} has no labels to tell apart: see docs/editing.md.`);
  const form = { itemShape, classes };
  const bytes = await trainClassifier({ data: train, form, seed: SEED, epochs: EPOCHS });
  const classifier = await openClassifier(bytes, '');
  const { labels } = await classifier.classify(readItems(test));
  const right = labels.filter((label, i) => label === test.labels[i]).length;
  const accuracy = ((100 * right) / test.count).toFixed(1);
  const description = `a classifier trained on the ${classes} labels of ${name} (${EPOCHS} epochs, seed ${SEED}, ${accuracy} % of ${test.count} test items right)`;
  return { ...classifier, description };
}

const model = await loadAutoencoder(folder, { device: 'cpu', latent: 'gaussian' });
const data = values.data
  ? await openData(values.data, model.card)
  : await loadMnist({ dataDir: values['data-dir'] });
const classifier: Classifier = values.data ? await learnLabels(data) : await loadClassifier();
const { train, test } = data;
const moments = async (items: Float32Array) => {
  const { features, featureSize: width, count: rows } = await classifier.classify(items);
  return momentsOf({ data: features, width, count: rows });
};
const real = await moments(readItems(takeItems(test, count)));

const latent = await model.encoder.encode(readItems(takeItems(train, 20_000)));
const { mixture } = fitGaussianMixture(latent.sample({ seed: SEED }), {
  components: [1, 5, 10, 20, 40],
  seed: SEED,
});
const prior = await model.sample(count, { seed: SEED });
const mixed = await model.decoder.decode(sampleMixture(mixture, count, { seed: SEED }));
console.log(
  `Squared Fréchet distance of ${count} samples (seed ${SEED}) from ${Math.min(test.count, count)} test items, in the ` +
    `features of ${classifier.description}:`,
);
for (const [name, { mean }] of [
  ['N(0, I)', prior],
  [`mixture of ${mixture.components.length}`, mixed],
] as const) {
  console.log(`${name}: ${frechetDistance(await moments(mean.data), real).toFixed(2)}`);
}
await model.dispose();
await classifier.dispose();
