export type { CanvasPixels, ItemOptions, Items } from './batch/batch.ts';
export type { Condition } from './batch/condition.ts';
export {
  type FitOptions,
  itemToPixels,
  pictureTarget,
  pixelsToItem,
} from './batch/picture-items.ts';
export type { Batch } from './batch/pictures.ts';
export type { ReadImageOptions, StreamImageOptions } from './batch/read-pictures.ts';
export {
  CARD_FORMAT,
  FAMILIES,
  type FileCard,
  type GraphCard,
  type GraphName,
  type ModelCard,
  type Precision,
  type WholeCard,
} from './card/card.ts';
export type { LatentSpaceCard } from './card/latent-space-card.ts';
export { parseCard, validateCard, wholeCard } from './card/parse-card.ts';
export {
  AbortedError,
  type AbortSignalLike,
  ArgumentError,
  CardError,
  type DeviceAttempt,
  DeviceError,
  DisposedError,
  type ErrorCode,
  InputError,
  IntegrityError,
  LatentkitError,
} from './errors/index.ts';
export type { Golden, GoldenGraph } from './golden/golden.ts';
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
  dimensionKl,
  findDirections,
  fitGaussianMixture,
  type GaussianMixture,
  gaussianKl,
  latentGrid,
  latentPath,
  type MixtureComponent,
  type MixtureFit,
  type MixtureOptions,
  meanLatent,
  mixtureFromCard,
  mixtureLogDensity,
  mixtureToCard,
  priorOf,
  type SimilarOptions,
  sampleMixture,
  scoreThreshold,
  similarLatents,
  standardNormalLogDensity,
  traverseLatent,
} from './latent-space/index.ts';
export type { Codebook, CodeGrid, Codes } from './latents/codebook.ts';
export type { CodesLatent } from './latents/codes.ts';
export type { FlowLatent } from './latents/flow.ts';
export { type GaussianLatent, gaussianLatent } from './latents/gaussian.ts';
export type { Latent, LatentCard, LatentKind, LatentOf } from './latents/index.ts';
export { type InterpolationPath, interpolateLatents } from './latents/interpolate.ts';
export type { LadderLatent } from './latents/ladder.ts';
export { centre, gridOf, hasPrior, levelsOf } from './latents/look-up.ts';
export { type SampleOptions, samplePrior } from './latents/noise.ts';
export type { PointLatent } from './latents/point.ts';
export type { Latents } from './latents/vectors.ts';
export type { Execution } from './load/devices.ts';
export type { ModelFiles } from './load/memory-source.ts';
export type { LoadProgress } from './load/platform.ts';
export type { Autoencoder, DeviceReport } from './model/autoencoder.ts';
export type {
  AugmentOptions,
  EditOptions,
  InterpolateOptions,
  PriorSampleOptions,
  ReconstructOptions,
  Sampler,
  ScoreOptions,
  SimilarItemsOptions,
  Traversal,
  TraverseOptions,
} from './model/autoencoder-options.ts';
export type { ConditionedLatents, Decoded, DecodeOptions, Decoder } from './model/decoder.ts';
export type { ConditionedItems, EmbedOptions, EncodeOptions, Encoder } from './model/encoder.ts';
export type { Change } from './model/latent-edits.ts';
export { logLikelihood } from './model/likelihood.ts';
export type { Score } from './model/score.ts';
export { createRandom, type Random, type RandomState, restoreRandom } from './random.ts';
export type {
  GraphInterface,
  GraphLink,
  GraphRunner,
  GraphRunOptions,
  NamedTensors,
  RunOptions,
  TensorInfo,
} from './run/runner.ts';
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
