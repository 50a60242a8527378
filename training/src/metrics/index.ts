export { type AnomalyOptions, anomalyAuroc, auroc } from './auroc.ts';
export { type CodeUsage, codeUsage } from './code-usage.ts';
export {
  type Diagnostics,
  type DiagnosticsOptions,
  type DiagnosticsResult,
  diagnose,
  type Information,
} from './diagnostics.ts';
export {
  type Disentanglement,
  dciDisentanglement,
  disentanglement,
  type FactorGap,
  mutualInformationGaps,
} from './disentanglement.ts';
export { type ElboOptions, type NegativeElbo, negativeElbo } from './elbo.ts';
export { type FrechetOptions, generationDistance } from './frechet.ts';
export { frechetDistance, type Moments, momentsOf } from './frechet-distance.ts';
export { type ImportanceNll, type ImportanceOptions, importanceNll } from './importance-nll.ts';
export {
  MEASURES,
  type Measure,
  type Measurement,
  type MeasureOptions,
  measureModel,
} from './measure.ts';
export { type Recognition, type RecognitionOptions, recognition } from './recognition.ts';
export { type ReconstructionError, reconstructionError } from './reconstruction.ts';
export { type TestItems, type TestItemsOptions, testItems } from './test-items.ts';
