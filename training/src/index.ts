export {
  type ChosenBackend,
  chooseBackend,
  type PassedOver,
} from './backends/choose-backend.ts';
export {
  BACKEND_NAMES,
  type BackendName,
  LIKELIHOOD_NAMES,
  type LikelihoodName,
  type ResolvedConfig,
  resolveConfig,
  type TrainConfig,
} from './config.ts';
export { type Dataset, type Factors, type Split, takeItems } from './data/dataset.ts';
export {
  DATASET_NAMES,
  type DatasetConfig,
  type DatasetName,
  type LoadDatasetOptions,
  loadDataset,
} from './data/load-dataset.ts';
export type { LoadProgress } from './data/load-progress.ts';
export { drawStrokes, STROKE_FACTORS, type StrokeFactors } from './data/strokes.ts';
export type { EpochRecord, Terms, TrainEvent } from './events.ts';
export {
  type ResumeConfig,
  resumeTraining,
  type TrainHooks,
  type TrainOptions,
  type TrainResult,
  train,
} from './run/train.ts';
