import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRunner } from '@latentkit/node';
import {
  adam,
  buildVae,
  chooseBackend,
  createLikelihood,
  createOnnxEngine,
  createTfjsEngine,
  drawWeights,
  type Engine,
  openBatchSource,
  withSharedItems,
} from '@latentkit/training';
import { createProducts } from './products.ts';

/** One participant of train-step: ENGINE MODEL BATCH ITEMS_FILE; the engine 'products' only multiplies. */
const [engineName, model, batch, file] = process.argv.slice(2) as [string, string, string, string];
const ITEM = 784;
const LATENT = 20;

async function createEngine(): Promise<Engine> {
  const backend =
    engineName === 'tfjs-wasm' ? 'wasm' : engineName === 'tfjs-node' ? engineName : 'cpu';
  await chooseBackend(backend);
  const conv = model.startsWith('conv');
  const trainable = buildVae({
    itemShape: [28, 28, 1],
    ...(conv ? { architecture: 'conv', hiddenSizes: [128] } : {}),
    latentSize: LATENT,
    likelihood: createLikelihood('bernoulli'),
  });
  drawWeights(trainable.weights, 1);
  if (engineName.startsWith('tfjs')) return createTfjsEngine(engineName, trainable);
  return createOnnxEngine('onnx', trainable, { rule: adam(), open, batchSize: Number(batch) });
}

/** The graph of the step, last opened. */
let graph: Uint8Array | undefined;
const open = (bytes: Uint8Array) => {
  graph = bytes;
  return createRunner(bytes);
};

const say = (value: object) => console.log(JSON.stringify(value));

async function start(): Promise<void> {
  const bytes = readFileSync(file);
  const items = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const engine = await createEngine();
  const count = items.length / ITEM;
  // As in training: made ahead where a core is left for that.
  const batches = openBatchSource({
    split: withSharedItems({ images: items, labels: new Uint8Array(count), count }),
    plan: { batchSize: Number(batch), seed: 1, binarise: false, classes: 0, noiseSize: LATENT },
    from: 1,
    to: Number.MAX_SAFE_INTEGER,
  });
  let step = 0;
  let run = async () => {
    step++;
    const batch = await batches.next();
    return (await engine.step({ ...batch, learningRate: 1e-3, beta: 1, step })).loss;
  };
  await run();
  if (engineName === 'products') {
    const products = await createProducts(graph as Uint8Array);
    run = async () => {
      await products.run();
      return 0;
    };
  }
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const count = Number(line);
    for (let i = 0; i < 2; i++) await run();
    const began = performance.now();
    let loss = Number.NaN;
    for (let i = 0; i < count; i++) loss = await run();
    const ms = (performance.now() - began) / count;
    say({ ms, peakMiB: process.resourceUsage().maxRSS / 1024, loss });
  }
  await batches.close();
  await engine.dispose();
}

start().catch((error: Error) => {
  say({ absent: error.message });
  process.exit(1);
});
