import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { sizeOf } from '@latentkit/core';
import {
  adam,
  chooseEngine,
  createOnnxEngine,
  createTfjsEngine,
  drawWeights,
  type Engine,
} from '@latentkit/training';
import {
  openBatchSource,
  openCompiled,
  takeStep,
  withSharedItems,
} from '@latentkit/training/for-bench';
import { buildCase, EPOCH_CASES, type EpochCase } from '../networks/train-epoch-cases.ts';
import { createProducts } from './products.ts';

/** One participant of train-epoch: ENGINE CASE ITEMS_FILE; the engine 'products' only multiplies. */
const [engineName, caseName, file] = process.argv.slice(2) as [string, string, string];
const { batch, ...each } = EPOCH_CASES[caseName] as EpochCase;

// Models are built on tfjs's backend of the moment.
await chooseEngine({ engine: 'tfjs', backend: engineName === 'tfjs-node' ? engineName : 'cpu' });
const trainable = buildCase({ batch, ...each });

async function createEngine(): Promise<Engine> {
  drawWeights(trainable.weights, 1);
  if (engineName.startsWith('tfjs')) return createTfjsEngine(engineName, trainable);
  return createOnnxEngine('onnx', trainable, { rule: adam(), open, batchSize: batch });
}

/** The graph of the step, last opened. */
let graph: Uint8Array | undefined;
const open = (bytes: Uint8Array) => {
  graph = bytes;
  return openCompiled()(bytes);
};

const say = (value: object) => console.log(JSON.stringify(value));

async function start(): Promise<void> {
  const bytes = readFileSync(file);
  const items = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const engine = await createEngine();
  const count = items.length / sizeOf(each.itemShape);
  // As in training: made ahead where a core is left for that.
  const batches = openBatchSource({
    split: withSharedItems({ images: items, labels: new Uint8Array(count), count }),
    plan: {
      batchSize: batch,
      seed: 1,
      binarise: false,
      classes: 0,
      noiseSize: trainable.noiseSize,
    },
    from: 1,
    to: Number.MAX_SAFE_INTEGER,
  });
  let step = 0;
  let loss = Number.NaN;
  const stepsPerEpoch = Math.ceil(count / batch);
  let run = async () => {
    const stepInEpoch = (step % stepsPerEpoch) + 1;
    step++;
    const inputs = { ...(await batches.next()), learningRate: 1e-3, beta: 1, step };
    const terms = await takeStep(engine, inputs, { stepInEpoch, stepsPerEpoch });
    loss = terms?.loss ?? loss;
  };
  await run();
  if (engineName === 'products') {
    const products = await createProducts(graph as Uint8Array);
    run = products.run;
  }
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const count = Number(line);
    const began = performance.now();
    for (let i = 0; i < count; i++) await run();
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
