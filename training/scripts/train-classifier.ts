/**
 * Trains the digit classifier of training/assets, whose features and answers the metrics of generated
 * images are made of, and measures it on MNIST's test images.
 *
 *   npx tsx --conditions=latentkit-source training/scripts/train-classifier.ts
 *
 * Needs MNIST: see LATENTKIT_MNIST_DIR.
 */
import { performance } from 'node:perf_hooks';
import { readItems } from '@latentkit/data';
import { loadDataset } from '../src/data/load-dataset.ts';
import {
  classifierFolder,
  openClassifier,
  trainClassifier,
  writeClassifier,
} from '../src/judge/classifier/index.ts';

const SEED = 1;
const EPOCHS = 8;

const began = performance.now();
const data = await loadDataset({ name: 'mnist' });
const bytes = await trainClassifier({
  data: data.train,
  seed: SEED,
  epochs: EPOCHS,
  onEpoch: (epoch, loss) => console.log(`epoch ${epoch}: ${loss.toFixed(4)} nats`),
});
const classifier = await openClassifier(bytes, 'just trained');
const { labels } = await classifier.classify(readItems(data.test));
await classifier.dispose();
const right = labels.filter((label, i) => label === data.test.labels[i]).length;
const testAccuracy = right / data.test.count;
await writeClassifier(classifierFolder(), bytes, {
  dataset: data.name,
  seed: SEED,
  epochs: EPOCHS,
  testAccuracy,
  command: 'npx tsx --conditions=latentkit-source training/scripts/train-classifier.ts',
});
console.log(
  `${right} of ${data.test.count} test images right (${(100 * testAccuracy).toFixed(2)}%), ` +
    `${bytes.length} bytes, ${((performance.now() - began) / 1000).toFixed(0)} s: ${classifierFolder()}`,
);
