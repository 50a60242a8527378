import { createHash } from 'node:crypto';
import { type FileCard, type GraphCard, type ModelCard, validateCard } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import manifest from '../../package.json' with { type: 'json' };
import type { Golden, GoldenTensor } from './golden.ts';
import type { GraphName } from './graphs.ts';
import { trainCommand } from './train-command.ts';
import type { TrainedModel } from './trained-model.ts';
import { CPU_TOLERANCE } from './verify.ts';

/** GPUs add in another order and with less exact functions. */
const GPU_TOLERANCE = 1e-3;

export interface CardParts {
  readonly trained: TrainedModel;
  readonly name: string;
  readonly description: string;
  readonly golden: Golden;
  /** The files' bytes by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly metrics: ModelCard['metrics'];
}

/** The model card of an export. Nothing in it depends on when or where the export was made. */
export function makeCard({
  trained,
  name,
  description,
  golden,
  files,
  metrics,
}: CardParts): ModelCard {
  const { run, itemShape, valueRange } = trained;
  const { config, backend, progress } = run;
  const [low, high] = valueRange;
  const fileCard = (file: string): FileCard => {
    const bytes = files.get(file) as Uint8Array;
    return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const graphCard = (graph: GraphName): GraphCard => ({
    inputs: describeTensors(golden.graphs[graph].inputs),
    outputs: describeTensors(golden.graphs[graph].outputs),
    files: { fp32: fileCard(`${graph}.onnx`) },
  });
  return validateCard({
    format: 1,
    name,
    description,
    family: config.beta === 1 ? 'vae' : 'beta-vae',
    item: { shape: [...itemShape], layout: 'HWC', range: [low, high] },
    preprocessing: { scale: (high - low) / 255, offset: low },
    likelihood:
      config.likelihood === 'gaussian' ? { kind: 'gaussian', sigma: 1 } : { kind: 'bernoulli' },
    latent: { kind: 'gaussian', size: config.latentSize },
    graphs: { encoder: graphCard('encoder'), decoder: graphCard('decoder') },
    golden: fileCard('golden.json'),
    metrics,
    provenance: {
      dataset: config.data.name,
      seed: config.seed,
      epochs: progress.epochsDone,
      objective: `ELBO, β = ${config.beta}, Adam ${config.learningRate}, batch ${config.batchSize}`,
      engine: `tfjs (${backend})`,
      command: trainCommand(config, backend),
      tools: { [manifest.name]: manifest.version, '@tensorflow/tfjs-core': tf.version_core },
    },
    tolerance: {
      cpu: CPU_TOLERANCE,
      wasm: CPU_TOLERANCE,
      webgpu: GPU_TOLERANCE,
      cuda: GPU_TOLERANCE,
    },
  } satisfies ModelCard);
}

function describeTensors(tensors: Readonly<Record<string, GoldenTensor>>): GraphCard['inputs'] {
  return Object.entries(tensors).map(([name, { dims }]) => ({
    name,
    dtype: 'float32',
    shape: ['batch', ...dims.slice(1)],
  }));
}
