/** What a package needs that brings a runtime to core, and our own packages beside it; users need none of it. */

export { itemValues } from './batch/batch.ts';
export type { PictureReader } from './batch/pictures.ts';
export { type PictureDecoder, readPictures, streamPictures } from './batch/read-pictures.ts';
export { CardSchema } from './card/card.ts';
export { ARRAYS } from './dtype-arrays.ts';
export {
  checkCallback,
  checkChoice,
  checkFlag,
  checkInteger,
  checkList,
  checkMethod,
  checkNames,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
} from './errors/check.ts';
export { describeValue, throwIfAborted } from './errors/index.ts';
export { type Distance, distanceOf } from './golden/distance.ts';
export { GOLDEN_FILE, readGolden, writeGolden } from './golden/golden.ts';
export { decodeSafetensors, encodeSafetensors, type TensorFile } from './golden/safetensors.ts';
export { OTHER_INDICES, STANDARD_TOLERANCE } from './golden/tolerance.ts';
export { fitPictureBy } from './images/fit-picture.ts';
export type { LineWeights, ResamplingPasses } from './images/resample.ts';
export type { LatentDefinition } from './latents/definition.ts';
export { definitionOf } from './latents/look-up.ts';
export { posteriorNoise } from './latents/noise.ts';
export { sizeInWords } from './latents/size-in-words.ts';
export {
  checkDevices,
  checkExecution,
  checkThreads,
  type DevicePolicy,
  endsSearch,
  type GraphOpener,
  openAll,
  openOnFirst,
} from './load/devices.ts';
export {
  LOAD_OPTIONS,
  type LoadOptions,
  loadAutoencoder,
  loadCard,
  loadDecoder,
  loadEncoder,
  type OpenModel,
  openGraphs,
} from './load/load.ts';
export { loadGolden } from './load/load-golden.ts';
export { loadGraphs, type ModelGraphs } from './load/load-graphs.ts';
export { memorySource } from './load/memory-source.ts';
export { notOpened, orNoModel } from './load/open-failures.ts';
export type {
  GraphBytes,
  ModelSource,
  OpenedGraphs,
  OpenOptions,
  Platform,
  ReadOptions,
} from './load/platform.ts';
export { readSelfTest, type SelfTest, type SelfTestPlan, trust } from './load/self-test.ts';
export { type Passenger, SingleFlight } from './load/single-flight.ts';
export { checkFileName, maxBytesOf } from './load/source-limits.ts';
export { type ClientPort, openRemote, type RemoteOptions, RUNS_A_WORKER } from './remote/client.ts';
export { type ServerPort, serve } from './remote/serve.ts';
export { onAbort, unlessAborted } from './run/abort.ts';
export { disposeAll, fillOutputs, tensorInfoOf, tensorOf } from './run/named-tensors.ts';
export { sliceRows } from './run/rows.ts';
export { checkFloats } from './tensor.ts';
export { isBytes, isShared } from './typed-arrays.ts';
export { MAX_FLOAT32 } from './value-range.ts';
