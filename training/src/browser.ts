/**
 * What of training runs in a browser as it does in Node: models, objectives, optimisers and the
 * compiled engine. No files, no data sets, no command.
 */

export type { Engine, EngineState, PlainTensor, StepInputs, Terms } from './engines/engine.ts';
export { createOnnxEngine, type OnnxEngineOptions } from './engines/onnx/onnx-engine.ts';
export { openPlainTfjs } from './engines/open-plain-tfjs.ts';
export { assignFromGraphs } from './families/assign-from-graphs.ts';
export { drawWeights } from './families/draw-weights.ts';
export type { Batch, FamilyModel, TermTensors, Trainable } from './families/family.ts';
export { createLikelihood } from './families/likelihood.ts';
export { buildVae, type VaeConfig } from './families/vae.ts';
export { assign, type NamedVariable } from './families/variables.ts';
export { type AdamOptions, adam } from './optimizers/adam.ts';
export { type SgdOptions, sgd } from './optimizers/sgd.ts';
export type { UpdateRule } from './optimizers/update-rule.ts';
export { withAverage } from './optimizers/with-average.ts';
export { stepNoise } from './run/batches/batches.ts';
