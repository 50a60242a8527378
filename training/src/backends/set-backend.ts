import * as tf from '@tensorflow/tfjs-core';

/** Makes a registered backend the current one, or throws. */
export async function setBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its backend '${name}'`);
  await tf.ready();
}
