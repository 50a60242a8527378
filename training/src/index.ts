export type { LoadProgress } from '@latentkit/data';
export {
  type Dataset,
  drawStrokes,
  type Factors,
  readItems,
  type Split,
  STROKE_FACTORS,
  type StrokeFactors,
  takeItems,
} from '@latentkit/data';
export { leaveOutClass } from './data/leave-out.ts';
export { type LoadDatasetOptions, loadDataset } from './data/load-dataset.ts';
export { type ChosenEngine, chooseEngine, engineLabel } from './engines/choose-engine.ts';
export type { Engine, EngineState, PlainTensor, StepInputs, Terms } from './engines/engine.ts';
export { createOnnxEngine, type OnnxEngineOptions } from './engines/onnx/onnx-engine.ts';
export { createTfjsEngine, type TfjsEngineOptions } from './engines/tfjs.ts';
export {
  type ExportOptions,
  type ExportPhase,
  type ExportReport,
  exportModel,
} from './export/export-model.ts';
export { recordMetrics } from './export/record-metrics.ts';
export { readTrainingCurve, type TrainingCurve } from './export/training-curve.ts';
export { drawWeights } from './families/draw-weights.ts';
export type { Batch, TermTensors, Trainable } from './families/family.ts';
export { createLikelihood } from './families/likelihood.ts';
export { buildVae, type VaeConfig } from './families/vae.ts';
export type { NamedVariable } from './families/variables.ts';
export type { OutputError, Verification } from './graphs/verify.ts';
export { type CheckedFigure, type CheckOptions, checkFigures } from './judge/check-figures.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './judge/evaluate.ts';
export {
  MEASURES,
  type Measure,
  type Measurement,
  type MeasureOptions,
  measureModel,
} from './judge/measure.ts';
export type { Metric } from './judge/metric.ts';
export { type AdamOptions, adam } from './optimizers/adam.ts';
export { type SgdOptions, sgd } from './optimizers/sgd.ts';
export type { UpdateRule } from './optimizers/update-rule.ts';
export { withAverage } from './optimizers/with-average.ts';
export { stepNoise } from './run/batches/batches.ts';
export type { EpochRecord, TrainEvent } from './run/events.ts';
export { readRunData } from './run/folder/run-data.ts';
export {
  type ResumeConfig,
  resumeTraining,
  type TrainHooks,
  type TrainOptions,
  type TrainResult,
  train,
} from './run/train.ts';
export type { OptimizerName } from './settings/choices.ts';
export {
  BACKEND_NAMES,
  type BackendName,
  DATASET_NAMES,
  type DatasetName,
  ENGINE_NAMES,
  type EngineName,
  LIKELIHOOD_NAMES,
  type LikelihoodName,
} from './settings/choices.ts';
export {
  type DatasetConfig,
  type ResolvedConfig,
  resolveConfig,
  type TrainConfig,
} from './settings/config.ts';
