import {
  adam,
  assign,
  assignFromGraphs,
  buildVae,
  createLikelihood,
  createOnnxEngine,
  type FamilyModel,
  openPlainTfjs,
  stepNoise,
} from '@latentkit/training/browser';
import { createRandom, createRunner, samplePrior } from '@latentkit/web';
import * as tf from '@tensorflow/tfjs-core';
import { type FromWorker, ITEM, SIDE, type ToWorker } from './messages.ts';
import { fetchPublished, modelFolder } from './model-folder.ts';

const BATCH = 32;
const LATENT = 20;
/** Pixels by which drawings are moved about, so that a few of them make many. */
const SHIFT = 2;
const SEED = 1;
const SAMPLES = 16;

const post = (message: FromWorker) => postMessage(message);
let cancelled = false;

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'cancel') {
    cancelled = true;
    return;
  }
  cancelled = false;
  train(data).catch((error: Error) => post({ type: 'failed', message: error.message }));
});

async function train({
  items,
  steps,
  device,
  model: folder,
}: Extract<ToWorker, { type: 'train' }>) {
  await openPlainTfjs();
  const model = buildVae({
    itemShape: [SIDE, SIDE, 1],
    latentSize: LATENT,
    likelihood: createLikelihood('bernoulli'),
  });
  try {
    const published = await fetchPublished(folder);
    assignFromGraphs(model.weights, Object.values(published.graphs));
    const before = await reconstruct(model, items);
    const began = performance.now();
    const engine = await createOnnxEngine('onnx', model, {
      rule: adam(),
      batchSize: BATCH,
      open: (bytes) => createRunner(bytes, { device }),
    });
    let step = 0;
    try {
      const random = createRandom(SEED, 'batches');
      while (step < steps && !cancelled) {
        step++;
        const { loss } = await engine.step({
          items: shiftedBatch(items, random),
          noise: stepNoise(BATCH * LATENT, SEED, step),
          learningRate: 1e-3,
          beta: 1,
          step,
        });
        if (!Number.isFinite(loss)) throw new Error(`The loss is ${loss} at step ${step}.`);
        post({ type: 'progress', step, steps, loss });
        // A turn of the event loop: word of a cancel may have come.
        await new Promise((resolve) => setTimeout(resolve));
      }
      const state = await engine.readState();
      for (const { name, variable } of model.weights) {
        assign(variable, state.get(name)?.data as Float32Array);
      }
    } finally {
      await engine.dispose();
    }
    const after = await reconstruct(model, items);
    const samples = await decode(model, samplePrior(SAMPLES, LATENT, { seed: SEED }).data);
    const files = await modelFolder(published, model, {
      steps: step,
      items: items.length / ITEM,
      seconds: Math.round((performance.now() - began) / 1000),
    });
    post({ type: 'done', step, cancelled: step < steps, before, after, samples, files });
  } finally {
    model.dispose();
  }
}

/** What the model makes of the mean of each item's code. */
async function reconstruct(model: FamilyModel, items: Float32Array): Promise<Float32Array> {
  const [encoder] = model.graphs;
  const means = tf.tidy(() => {
    const coded = encoder?.run(tf.tensor2d(items, [items.length / ITEM, ITEM])) ?? {};
    return coded['mean'] as tf.Tensor;
  });
  const codes = await means.data<'float32'>();
  means.dispose();
  return decode(model, codes);
}

/** What the model draws from codes, [n × LATENT]. */
async function decode({ graphs }: FamilyModel, codes: Float32Array): Promise<Float32Array> {
  const decoder = graphs[1];
  const decoded = tf.tidy(
    () => decoder?.run(tf.tensor2d(codes, [codes.length / LATENT, LATENT]))?.['mean'] as tf.Tensor,
  );
  const values = await decoded.data<'float32'>();
  decoded.dispose();
  return values;
}

/** Items chosen at random, each moved by a few pixels. */
function shiftedBatch(items: Float32Array, random: ReturnType<typeof createRandom>): Float32Array {
  const batch = new Float32Array(BATCH * ITEM);
  for (let row = 0; row < BATCH; row++) {
    const from = random.integer(items.length / ITEM) * ITEM;
    const [right, down] = [0, 0].map(() => random.integer(2 * SHIFT + 1) - SHIFT) as [
      number,
      number,
    ];
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const [fromX, fromY] = [x - right, y - down];
        if (fromX < 0 || fromX >= SIDE || fromY < 0 || fromY >= SIDE) continue;
        batch[row * ITEM + y * SIDE + x] = items[from + fromY * SIDE + fromX] as number;
      }
    }
  }
  return batch;
}
