/**
 * Compares samples of N(0, I) with samples of a mixture of Gaussians that is fitted to the latents of training
 * items, by their Fréchet distance from test items in the features of this package's digit classifier.
 *
 *   npm run compare:samplers [-- models/mnist-vae [IMAGES [FOLDER OF MNIST]]]
 */
import { fitGaussianMixture, sampleMixture } from '@latentkit/core';
import { loadMnist, readItems, takeItems } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { loadClassifier } from '../src/judge/classifier/classifier.ts';
import { frechetDistance, momentsOf } from '../src/judge/samples/frechet-distance.ts';

const [folder = 'models/mnist-vae', images = '10000', dataDir] = process.argv.slice(2);
const count = Number(images);
const SEED = 0;

const model = await loadAutoencoder(folder, { device: 'cpu', latent: 'gaussian' });
const classifier = await loadClassifier();
const { train, test } = await loadMnist({ dataDir });
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
for (const [name, { mean }] of [
  ['N(0, I)', prior],
  [`mixture of ${mixture.components.length}`, mixed],
] as const) {
  const distance = frechetDistance(await moments(mean.data), real);
  process.stdout.write(`${name}: ${distance.toFixed(2)} (${count} samples, seed ${SEED})\n`);
}
await model.dispose();
await classifier.dispose();
