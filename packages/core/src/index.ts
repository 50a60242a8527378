export { onAbort } from './abort.ts';
export {
  Autoencoder,
  type DeviceReport,
  type InterpolateOptions,
  type Score,
} from './autoencoder.ts';
export type { Items, Latents } from './batch.ts';
export {
  CARD_FORMAT,
  CardSchema,
  FAMILIES,
  type FileCard,
  type GraphCard,
  type ModelCard,
  type Precision,
  parseCard,
  validateCard,
} from './card.ts';
export { Codebook } from './codebook.ts';
export type { Condition } from './condition.ts';
export { type Codes, type Decoded, type DecodeOptions, Decoder } from './decoder.ts';
export { type DevicePolicy, openOnFirst } from './devices.ts';
export { type EmbedOptions, type EncodeOptions, Encoder } from './encoder.ts';
export {
  AbortedError,
  type AbortSignalLike,
  ArgumentError,
  CardError,
  type DeviceAttempt,
  DeviceError,
  DisposedError,
  describe,
  type ErrorCode,
  InputError,
  IntegrityError,
  LatentkitError,
  throwIfAborted,
} from './errors.ts';
export {
  type CodesLatent,
  centre,
  type FlowLatent,
  type GaussianLatent,
  gaussianLatent,
  type InterpolationPath,
  interpolateLatents,
  type LadderLatent,
  type Latent,
  type LatentKind,
  type LatentOf,
  type PointLatent,
  posteriorNoise,
  type SampleOptions,
  samplePrior,
} from './latent.ts';
export { logLikelihood } from './likelihood.ts';
export { type LoadOptions, loadAutoencoder, loadCard, loadDecoder, loadEncoder } from './load.ts';
export type {
  GraphBytes,
  LoadProgress,
  ModelSource,
  OpenedGraphs,
  Platform,
  ReadOptions,
} from './platform.ts';
export { gaussianKl, standardNormalLogDensity } from './posterior.ts';
export { createRandom, type Random, type RandomState, restoreRandom } from './random.ts';
export type {
  GraphRunner,
  GraphRunOptions,
  NamedTensors,
  RunOptions,
  TensorInfo,
} from './runner.ts';
export { type JobOptions, Scheduler, type SchedulerOptions } from './scheduler.ts';
export { Session } from './session.ts';
export type { StreamOptions, StreamSource } from './stream.ts';
export {
  type DType,
  isTensor,
  sizeOf,
  type Tensor,
  type TensorDataByDType,
  tensor,
} from './tensor.ts';
