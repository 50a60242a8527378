import { throwIfAborted } from '@latentkit/core/runtime';
import { gatherItems, type Split } from '@latentkit/data';
import { toOnnx } from '@latentkit/tfjs-to-onnx';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../../backends/choose-backend.ts';
import { checkPositiveInteger, checkSeed } from '../../checks.ts';
import type { PlainTensor } from '../../engines/engine.ts';
import { createOnnxEngine } from '../../engines/onnx/onnx-engine.ts';
import { openCompiled } from '../../engines/open-compiled.ts';
import { drawWeights } from '../../families/draw-weights.ts';
import { adam } from '../../optimizers/adam.ts';
import { epochOrder } from '../../run/batches/batches.ts';
import { buildClassifier, type ClassifierForm, DIGIT_FORM } from './classifier-network.ts';

export interface TrainClassifierOptions {
  /** Items of values in [0, 1], with their labels. */
  readonly data: Split;
  /** What the items are; digits of 28 × 28 by default. */
  readonly form?: ClassifierForm | undefined;
  readonly seed: number;
  readonly epochs: number;
  /** 128 by default. */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Mean cross-entropy of an epoch, in nats an item. */
  readonly onEpoch?: ((epoch: number, loss: number) => void) | undefined;
}

/** Learning rate of the first step; it falls to 0 at the last, along half a cosine. */
const LEARNING_RATE = 2e-3;

/**
 * Trains a classifier and exports it: x [batch, item size] → features [batch, 64], logits
 * [batch, classes]. The same data, seed and epochs give the same bytes on the same machine.
 *
 * @throws ArgumentError for a seed, number of epochs or batch size outside its domain; AbortedError
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<Uint8Array> {
  const { data, form = DIGIT_FORM, seed, epochs, batchSize = 128, signal, onEpoch } = options;
  checkSeed('seed', seed);
  checkPositiveInteger('epochs', epochs, 10_000);
  checkPositiveInteger('batch size', batchSize, 1_000_000);
  throwIfAborted(signal, 'Training the classifier');
  // Only traces run in tfjs, at sizes of two and three; the steps run in ONNX Runtime.
  await chooseBackend('cpu');
  const network = buildClassifier(form);
  try {
    drawWeights(network.weights, seed);
    const engine = await createOnnxEngine('onnx', network, {
      rule: adam(),
      batchSize: Math.min(batchSize, data.count),
      open: openCompiled(),
    });
    try {
      const perEpoch = Math.ceil(data.count / batchSize);
      const size = Math.min(batchSize, data.count);
      const items = new Float32Array(size * network.itemSize);
      const labels = new Float32Array(size * form.classes);
      let step = 0;
      for (let epoch = 1; epoch <= epochs; epoch++) {
        const order = epochOrder(data.count, seed, epoch);
        let loss = 0;
        for (let from = 0; from < data.count; from += batchSize) {
          throwIfAborted(signal, 'Training the classifier');
          const indices = order.subarray(from, from + batchSize);
          const progress = step / (perEpoch * epochs);
          step += 1;
          const terms = await engine.step({
            items: gatherItems(data, indices, items),
            labels: oneHot(data, indices, form.classes, labels),
            noise: new Float32Array(0),
            learningRate: LEARNING_RATE * 0.5 * (1 + Math.cos(Math.PI * progress)),
            beta: 1,
            step,
          });
          loss += terms.loss * indices.length;
        }
        onEpoch?.(epoch, loss / data.count);
      }
      const state = await engine.readState();
      // Slots of the optimiser stay behind: the network has its weights alone.
      for (const { name, variable } of network.weights) {
        const { data: values, shape } = state.get(name) as PlainTensor;
        tf.tidy(() => variable.assign(tf.tensor(values, [...shape])));
      }
    } finally {
      await engine.dispose();
    }
    const { bytes } = await toOnnx((x: tf.Tensor) => ({ ...network.apply(x as tf.Tensor2D) }), {
      name: 'classifier',
      inputs: { x: { shape: [null, network.itemSize], range: [0, 1] } },
    });
    return bytes;
  } finally {
    network.dispose();
  }
}

function oneHot(
  { labels }: Split,
  indices: Uint32Array,
  classes: number,
  into: Float32Array,
): Float32Array {
  into.fill(0);
  for (const [row, index] of indices.entries()) into[row * classes + (labels[index] as number)] = 1;
  return into.subarray(0, indices.length * classes);
}
