import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GraphRunner, InputError, IntegrityError, LatentkitError } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { unseal } from '@latentkit/system';
import { requireHere } from '@latentkit/system/ort';
import * as v from 'valibot';

/** Items that go through the graph at a time. */
const BATCH = 1000;
export const GRAPH_FILE = 'mnist-classifier.onnx';
export const PROVENANCE_FILE = 'mnist-classifier.json';

/** What a classifier says of n images. */
export interface Classified {
  readonly count: number;
  readonly featureSize: number;
  /** [n × featureSize] */
  readonly features: Float32Array;
  /** The likeliest class of each, [n] */
  readonly labels: Uint8Array;
}

/** A trained classifier of pictures, in ONNX Runtime on the CPU. */
export interface Classifier {
  /** Which classifier this is, in words, for protocols. */
  readonly description: string;
  /** @param images [n × item size], values in [0, 1]; or batches of them, of which only one is held at a time */
  classify(images: Float32Array | AsyncIterable<Float32Array>): Promise<Classified>;
  dispose(): Promise<void>;
}

/** What is recorded beside the committed classifier when it is trained. */
export const ClassifierProvenance = v.object({
  dataset: v.string(),
  seed: v.number(),
  epochs: v.number(),
  /** Share of the data set's test items that are classified right. */
  testAccuracy: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  command: v.string(),
  bytes: v.number(),
  sha256: v.string(),
});
export type ClassifierProvenance = v.InferOutput<typeof ClassifierProvenance>;

/** The folder that the committed classifier lies in. */
export function classifierFolder(): string {
  const manifest = requireHere().resolve('@latentkit/training/package.json');
  return join(dirname(manifest), 'assets');
}

/**
 * Opens the classifier that this package comes with, or one that `writeClassifier` put elsewhere.
 *
 * @throws LatentkitError `not-found` or `invalid-data` for its files, IntegrityError for a graph that is
 *   not the one that was measured
 */
export async function loadClassifier(folder = classifierFolder()): Promise<Classifier> {
  const [bytes, provenance] = await Promise.all([
    readAsset(join(folder, GRAPH_FILE)),
    readProvenance(folder),
  ]);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== provenance.sha256) {
    throw new IntegrityError(GRAPH_FILE, `sha256 ${provenance.sha256}`, `sha256 ${digest}`);
  }
  const accuracy = `${(100 * provenance.testAccuracy).toFixed(2)}%`;
  return openClassifier(
    bytes,
    `the digit classifier of this package (${provenance.dataset}, test accuracy ${accuracy}, sha256 ${digest.slice(0, 8)}…)`,
  );
}

/** @throws LatentkitError `not-found` or `invalid-data` */
export async function readProvenance(folder = classifierFolder()): Promise<ClassifierProvenance> {
  const path = join(folder, PROVENANCE_FILE);
  const found = unseal(new TextDecoder().decode(await readAsset(path)));
  if (!found) {
    throw new LatentkitError(
      'invalid-data',
      `${path} is not what was written there: the check at its end does not fit. Install the package again, or train the classifier anew.`,
    );
  }
  try {
    return v.parse(ClassifierProvenance, found);
  } catch (cause) {
    throw new LatentkitError(
      'invalid-data',
      `${path} does not describe a classifier: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Opens a classifier's graph; see {@link trainClassifier}. */
export async function openClassifier(bytes: Uint8Array, description: string): Promise<Classifier> {
  const runner = await createRunner(bytes);
  const itemSize = Number(runner.inputs[0]?.shape[1]);
  return {
    description,
    classify: (images) => classify(runner, images, itemSize),
    dispose: () => runner.dispose(),
  };
}

async function classify(
  runner: GraphRunner,
  images: Float32Array | AsyncIterable<Float32Array>,
  itemSize: number,
): Promise<Classified> {
  if (images instanceof Float32Array) return classifyBatch(runner, images, itemSize);
  const batches: Classified[] = [];
  for await (const batch of images) batches.push(await classifyBatch(runner, batch, itemSize));
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  const featureSize = batches[0]?.featureSize ?? 0;
  const all = {
    ...{ count, featureSize },
    features: new Float32Array(count * featureSize),
    labels: new Uint8Array(count),
  };
  let from = 0;
  for (const { features, labels } of batches) {
    all.features.set(features, from * featureSize);
    all.labels.set(labels, from);
    from += labels.length;
  }
  return all;
}

async function classifyBatch(
  runner: GraphRunner,
  images: Float32Array,
  itemSize: number,
): Promise<Classified> {
  if (images.length === 0 || images.length % itemSize !== 0) {
    throw new InputError('images', `n × ${itemSize} values`, `${images.length} values`);
  }
  const count = images.length / itemSize;
  const labels = new Uint8Array(count);
  let features = new Float32Array(0);
  let featureSize = 0;
  for (let from = 0; from < count; from += BATCH) {
    const rows = images.subarray(from * itemSize, (from + BATCH) * itemSize);
    const size = rows.length / itemSize;
    const outputs = await runner.run({
      x: { data: rows, dims: [size, itemSize], dtype: 'float32' },
    });
    const found = outputs['features']?.data as Float32Array;
    const logits = outputs['logits']?.data as Float32Array;
    if (featureSize === 0) {
      featureSize = found.length / size;
      features = new Float32Array(count * featureSize);
    }
    features.set(found, from * featureSize);
    const classes = logits.length / size;
    for (let row = 0; row < size; row++) {
      labels[from + row] = largest(logits.subarray(row * classes, (row + 1) * classes));
    }
  }
  return { count, featureSize, features, labels };
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

async function readAsset(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LatentkitError(
      'not-found',
      `The classifier's file ${path} cannot be read: ${(cause as Error).message}. Train it with: npx tsx --conditions=latentkit-source training/scripts/train-classifier.ts`,
      { cause },
    );
  }
}
