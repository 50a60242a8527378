export type { LoadProgress } from '@latentkit/core';
export {
  type Augmentation,
  augmentBatch,
  checkAugmentation,
  type ItemForm,
  parseAugmentation,
} from './augment/augment.ts';
export { COLOURS, type ItemColour } from './colours.ts';

export { loadMnist } from './digits/mnist.ts';
export { drawStrokes, makeStrokes, STROKE_FACTORS, type StrokeFactors } from './digits/strokes.ts';
export {
  type EmbedFilesOptions,
  type EmbedReport,
  embedFiles,
} from './embed/embed-files.ts';
export type { EmbedProgress } from './embed/embedding-run.ts';
export { type ItemBatch, type ItemBatchOptions, itemBatches } from './embed/item-batches.ts';
export type {
  BadItem,
  ItemEntry,
  ItemSource,
  ReadItem,
  ReadItemsOptions,
} from './embed/item-source.ts';
export {
  type LabelledBatch,
  type LabelledItems,
  type LabelledItemsOptions,
  labelledItems,
} from './embed/labelled-items.ts';
export { openItems } from './embed/open-items.ts';
export { partOf } from './embed/part-of.ts';
export type { PlannedShard, Shard } from './embed/shard.ts';
export { type Watched, type WatchOptions, watchFiles } from './embed/watch-files.ts';
export {
  type Dataset,
  DIGITS,
  type Factors,
  pickItems,
  type Split,
  spreadItems,
  takeItems,
} from './items/dataset.ts';
export { datasetOf, type OwnItems } from './items/dataset-of.ts';
export { DEFAULT_MEMORY } from './items/hold-in-memory.ts';
export { type NearDuplicate, nearDuplicates } from './items/near-duplicates.ts';
export {
  gatherItems,
  type ItemData,
  type ItemStore,
  isPacked,
  itemSizeOf,
  type PackedItems,
  readItems,
} from './items/packed-items.ts';
export {
  checkDataOptions,
  type ItemOptions,
  type LoadDataOptions,
  type LoadedData,
  loadData,
} from './load-data.ts';
export { type DataLook, lookAtData } from './look-at-data.ts';
export { type MergeOptions, type MergeReport, mergeVectors } from './merge/merge-vectors.ts';
export { PartsError } from './merge/parts-error.ts';
export { parseSize } from './parse-size.ts';
export {
  type Prepared,
  type PrepareOptions,
  type PrepareProgress,
  prepare,
} from './prepare/prepare.ts';
export {
  type CheckedQuery,
  checkQuery,
  checkVectors,
  METRICS,
  type Metric,
  type NearestOptions,
} from './search/check-query.ts';
export {
  checkSpace,
  openSearch,
  type SearchableVectors,
  type SearchHit,
  searchVectors,
} from './search/search-vectors.ts';
export { type Neighbour, VectorIndex } from './search/vector-index.ts';
export { KNOWN_DATA, openPictures } from './sources/open-source.ts';
export type { Fault, Part, PictureEntry, PictureSource } from './sources/picture-source.ts';
export type { OpenStore, VectorStore } from './stores/vector-store.ts';
export {
  type LoadedVectors,
  loadVectors,
  openVectors,
  type VectorFile,
} from './vectors/read-vectors.ts';
export { VECTOR_FORMATS, type VectorFormat, vectorFormatOf } from './vectors/vector-format.ts';
export type { VectorBlock, VectorInfo, VectorRow } from './vectors/vector-rows.ts';
export type { VectorFileInfo, VectorShard } from './vectors/vector-sidecar.ts';
export { writeVectors } from './vectors/write-vectors.ts';
