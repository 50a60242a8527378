export type { CanvasPixels, ItemOptions, Items } from './batch/batch.ts';
export type { Condition } from './batch/condition.ts';
export {
  type FitOptions,
  itemToPixels,
  pictureTarget,
  pixelsToItem,
} from './batch/picture-items.ts';
export {
  CARD_FORMAT,
  CardSchema,
  FAMILIES,
  type FileCard,
  type GraphCard,
  type GraphName,
  type ModelCard,
  type Precision,
} from './card/card.ts';
export { MAX_CARD_BYTES, parseCard, validateCard } from './card/parse-card.ts';
export {
  AbortedError,
  type AbortSignalLike,
  ArgumentError,
  CardError,
  type DeviceAttempt,
  DeviceError,
  DisposedError,
  describeValue,
  type ErrorCode,
  InputError,
  IntegrityError,
  LatentkitError,
  throwIfAborted,
} from './errors/index.ts';
export {
  GOLDEN_FILE,
  type Golden,
  type GoldenGraph,
  readGolden,
  writeGolden,
} from './golden/golden.ts';
export { decodeSafetensors, encodeSafetensors, type TensorFile } from './golden/safetensors.ts';
export { type Colour, parseColour, type Rgb } from './images/colour.ts';
export {
  FITS,
  type Fit,
  fitPicture,
  type PictureTarget,
  type ReducedPixels,
  type Reduction,
  reductionFor,
} from './images/fit-picture.ts';
export { orient } from './images/orient.ts';
export type { Pixels } from './images/pixels.ts';
export { KERNELS } from './images/resample.ts';
export { BT601, type GreyWeights } from './images/to-channels.ts';
export {
  type Attribute,
  combineLatents,
  type Direction,
  type DirectionOptions,
  findDirections,
  fitGaussianMixture,
  type GaussianMixture,
  latentGrid,
  latentPath,
  type MixtureComponent,
  type MixtureFit,
  type MixtureOptions,
  meanLatent,
  mixtureLogDensity,
  type SimilarOptions,
  sampleMixture,
  similarLatents,
} from './latent-space/index.ts';
export type { Codebook, CodeGrid, Codes } from './latents/codebook.ts';
export type { CodesLatent } from './latents/codes.ts';
export { gaussianKl, standardNormalLogDensity } from './latents/densities.ts';
export type { FlowLatent } from './latents/flow.ts';
export { type GaussianLatent, gaussianLatent } from './latents/gaussian.ts';
export type { Latent, LatentCard, LatentKind, LatentOf } from './latents/index.ts';
export { type InterpolationPath, interpolateLatents } from './latents/interpolate.ts';
export type { LadderLatent } from './latents/ladder.ts';
export { centre, definitionOf, hasPrior } from './latents/look-up.ts';
export { posteriorNoise, type SampleOptions, samplePrior } from './latents/noise.ts';
export type { PointLatent } from './latents/point.ts';
export type { Latents } from './latents/vectors.ts';
export {
  checkDevices,
  checkExecution,
  checkThreads,
  type DevicePolicy,
  type Execution,
  openOnFirst,
} from './load/devices.ts';
export {
  type LoadOptions,
  loadAutoencoder,
  loadCard,
  loadDecoder,
  loadEncoder,
} from './load/load.ts';
export { loadGolden } from './load/load-golden.ts';
export { type ModelFiles, memorySource } from './load/memory-source.ts';
export type {
  GraphBytes,
  LoadProgress,
  ModelSource,
  OpenedGraphs,
  Platform,
  ReadOptions,
} from './load/platform.ts';
export { type Passenger, SingleFlight } from './load/single-flight.ts';
export { checkFileName, limitOf } from './load/source-limits.ts';
export {
  Autoencoder,
  type DeviceReport,
  type InterpolateOptions,
  type Score,
} from './model/autoencoder.ts';
export { type Decoded, type DecodeOptions, Decoder } from './model/decoder.ts';
export { type EmbedOptions, type EncodeOptions, Encoder } from './model/encoder.ts';
export { logLikelihood } from './model/likelihood.ts';
export { createRandom, type Random, type RandomState, restoreRandom } from './random.ts';
export { type ClientPort, openRemote, type RemoteOptions, RUNS_A_WORKER } from './remote/client.ts';
export { type ServerPort, serve } from './remote/serve.ts';
export { onAbort } from './run/abort.ts';
export { disposeAll, fillOutputs, tensorInfoOf } from './run/named-tensors.ts';
export type {
  GraphInterface,
  GraphRunner,
  GraphRunOptions,
  NamedTensors,
  RunOptions,
  TensorInfo,
} from './run/runner.ts';
export { type JobOptions, Scheduler, type SchedulerOptions } from './run/scheduler.ts';
export { Session } from './run/session.ts';
export type { StreamOptions, StreamSource } from './run/stream.ts';
export {
  type DType,
  isTensor,
  rows,
  sizeOf,
  type Tensor,
  type TensorDataByDType,
  tensor,
} from './tensor.ts';
