import { LatentkitError } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { buildFamily } from '../families/build-family.ts';
import { ruleOf } from '../optimizers/rule-of.ts';
import type { ResolvedConfig } from '../settings/config.ts';
import { createTfjsEngine } from './tfjs.ts';

/** Stands for the data: which kernels a step takes does not hang on their size. */
const ITEM = [8, 8, 1] as const;
const CLASSES = ['one', 'other'];

/**
 * Takes a step of the model that a configuration describes, on one small item and tfjs's current backend.
 *
 * @throws LatentkitError `missing-dependency` that names the kernel which the backend does not have
 */
export async function tryStep(config: ResolvedConfig): Promise<void> {
  const model = buildFamily(config, { itemShape: ITEM, valueRange: [0, 1], labelNames: CLASSES });
  const engine = createTfjsEngine('trial', model, {
    rule: ruleOf(config),
    clipNorm: config.clipNorm,
  });
  try {
    await engine.step({
      items: new Float32Array(model.itemSize),
      labels: new Float32Array(model.labels),
      noise: new Float32Array(model.noiseSize),
      learningRate: config.learningRate,
      beta: 1,
      step: 1,
    });
  } catch (error) {
    const kernel = /kernel '(\w+)'/i.exec((error as Error).message)?.[1];
    // Whatever else fails, fails in the run itself, on the data that it is about.
    if (kernel === undefined || tf.getKernel(kernel, tf.getBackend())) return;
    throw new LatentkitError(
      'missing-dependency',
      `it has no kernel ${kernel}, which training this model takes (the backend cpu has it, and the engine onnx does without)`,
      { cause: error },
    );
  } finally {
    await engine.dispose();
    model.dispose();
  }
}
