import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Opens tfjs's plain JavaScript backend: all that building and tracing a model takes, since the compiled
 * engine runs the steps.
 */
export async function openPlainTfjs(): Promise<void> {
  await tf.setBackend('cpu');
  // The backend would print an advertisement for tfjs-node at its first tensor.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}
