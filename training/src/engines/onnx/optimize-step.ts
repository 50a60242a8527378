import { type Model, optimize, PASSES, type Pass } from '@latentkit/onnx';

/** Rewrites that pay in training graphs, beside those for every graph. */
const TRAINING_PASSES: readonly Pass[] = [];

/** Makes a traced step fast; see each pass for what it gains. */
export function optimizeStep(model: Model): Model {
  return optimize(model, { passes: [...PASSES, ...TRAINING_PASSES] });
}
