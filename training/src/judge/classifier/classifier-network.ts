import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { Trainable } from '../../families/family.ts';
import { weightsOf } from '../../families/variables.ts';

/** Width of the layer before the logits: what distances between sets of images are measured in. */
export const FEATURE_SIZE = 64;

/** What a classifier looks at, and what it tells apart. */
export interface ClassifierForm {
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  readonly classes: number;
}

/** Grey digits of 28 × 28. */
export const DIGIT_FORM: ClassifierForm = { itemShape: [28, 28, 1], classes: 10 };

export interface ClassifierNetwork extends Trainable {
  /** x [n, item size] → features [n, 64] (after their ReLU) and logits [n, classes] */
  apply(x: tf.Tensor2D): { readonly features: tf.Tensor2D; readonly logits: tf.Tensor2D };
  dispose(): void;
}

/**
 * A small convolutional classifier of pictures: two strided convolutions, a dense layer of features, logits. As
 * something to train, its loss is the cross-entropy with the labels, in nats.
 */
export function buildClassifier({ itemShape, classes }: ClassifierForm): ClassifierNetwork {
  const { layers: layer } = layers;
  const zeros = { kernelInitializer: 'zeros' } as const;
  const itemSize = sizeOf(itemShape);
  const x = layers.input({ shape: [itemSize], name: 'x' });
  const conv = (name: string, filters: number) =>
    layer.conv2d({
      name,
      filters,
      kernelSize: 5,
      strides: 2,
      padding: 'same',
      activation: 'relu',
      ...zeros,
    });
  const stack = [
    layer.reshape({ targetShape: [...itemShape] }),
    conv('conv_1', 12),
    conv('conv_2', 24),
    layer.flatten(),
    layer.dense({ name: 'features', units: FEATURE_SIZE, activation: 'relu', ...zeros }),
  ];
  const features = stack.reduce((below, each) => each.apply(below) as layers.SymbolicTensor, x);
  const logits = layer.dense({ name: 'logits', units: classes, ...zeros }).apply(features);
  const network = layers.model({
    name: 'classifier',
    inputs: x,
    outputs: [features, logits as layers.SymbolicTensor],
  });
  const apply = (items: tf.Tensor2D) => {
    const [features, logits] = network.apply(items) as [tf.Tensor2D, tf.Tensor2D];
    return { features, logits };
  };
  return {
    itemSize,
    labels: classes,
    noiseSize: 0,
    weights: weightsOf([network]),
    buffers: [],
    terms({ items, labels }) {
      const { logits } = apply(items);
      const chosen = tf.sum<tf.Tensor1D>(tf.mul(logits, labels as tf.Tensor2D), 1);
      const loss = tf.mean<tf.Scalar>(tf.sub(tf.logSumExp<tf.Tensor1D>(logits, 1), chosen));
      return { loss, reconstruction: loss, kl: tf.scalar(0) };
    },
    apply,
    dispose: () => network.dispose(),
  };
}
