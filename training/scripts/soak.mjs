// Trains for many epochs and sees that memory stays as it is.
//
//   npm run build && node --expose-gc training/scripts/soak.mjs [EPOCHS] [--hold]
//
// EPOCHS: 100 by default. Exit code 1 if the memory that is resident and not a file's grows by more than 5%
// from the tenth part of the run to its end. --hold keeps a copy of the state after every epoch, which the check must notice.

import { readFileSync } from 'node:fs';
import { createRunner } from '@latentkit/node';
import {
  adam,
  buildVae,
  chooseEngine,
  createLikelihood,
  createOnnxEngine,
  drawWeights,
  loadDataset,
  stepNoise,
} from '@latentkit/training';

const LIMIT = 1.05;
const BATCH = 128;
const LATENT = 20;

const epochs = Number(process.argv[2] ?? 100);
const hold = process.argv.includes('--hold');
if (!Number.isInteger(epochs) || epochs < 10 || !globalThis.gc) {
  console.error('Usage: node --expose-gc soak.mjs [EPOCHS, at least 10] [--hold]');
  process.exit(2);
}

await chooseEngine({ engine: 'tfjs', backend: 'cpu' });
// Neither a multiple of the batch size nor less than it: two graphs, as in real runs.
const { train } = await loadDataset({ name: 'strokes', trainCount: 1000, testCount: 1 });
const model = buildVae({
  family: 'vae',
  itemShape: [28, 28, 1],
  architecture: 'mlp',
  activation: 'relu',
  blocks: 1,
  hiddenSizes: [400],
  channels: [],
  labels: 0,
  latentSize: LATENT,
  likelihood: createLikelihood('bernoulli'),
  valueRange: [0, 1],
  kl: { freeBits: 0, towardsCapacity: false },
  samples: 1,
});
drawWeights(model.weights, 1);
const engine = await createOnnxEngine('onnx', model, {
  rule: adam(),
  batchSize: BATCH,
  open: (bytes) => createRunner(bytes),
});
const held = [];
const resident = [];
let step = 0;
for (let epoch = 0; epoch < epochs; epoch++) {
  let loss = 0;
  for (let from = 0; from < train.count; from += BATCH) {
    const count = Math.min(BATCH, train.count - from);
    step++;
    const terms = await engine.step({
      items: train.images.subarray(from * 784, (from + count) * 784),
      noise: stepNoise(count * LATENT, 1, step),
      learningRate: 1e-3,
      beta: 1,
      step,
    });
    loss = terms.loss;
  }
  const state = await engine.readState();
  if (hold) held.push(state);
  globalThis.gc();
  resident.push(residentMiB());
  if (epoch % Math.ceil(epochs / 20) === 0) {
    console.log(`epoch ${epoch + 1}: ${resident.at(-1).toFixed(0)} MiB, loss ${loss.toFixed(2)}`);
  }
}
await engine.dispose();

/** Without the pages of files, our libraries among them, which the system takes away and brings back as it likes. */
function residentMiB() {
  try {
    const [, anonymous] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(anonymous) / 1024;
  } catch {
    return process.memoryUsage.rss() / 2 ** 20;
  }
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const tenth = Math.ceil(epochs / 10);
const early = median(resident.slice(tenth, 2 * tenth + 1));
// The least of the last third: what an allocator holds for a moment goes again, what leaks stays.
const late = Math.min(...resident.slice(-Math.ceil(epochs / 3)));
const verdict = `${early.toFixed(0)} MiB after ${tenth} epochs, ${late.toFixed(0)} MiB in the end`;
if (late > early * LIMIT) {
  console.error(
    `Memory grows: ${verdict}${held.length > 0 ? ` (${held.length} states held)` : ''}.`,
  );
  process.exit(1);
}
console.log(`Memory is flat: ${verdict}.`);
