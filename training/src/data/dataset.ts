/** Known generating factors of each item, for measuring how a latent space disentangles them. */
export interface Factors {
  readonly names: readonly string[];
  /** [count × names.length], one row an item. */
  readonly values: Float32Array;
}

/** Items of one part of a data set, one after the other. */
export interface Split {
  /** [count × item size], in the data set's value range. */
  readonly images: Float32Array;
  /** [count], the class of each item. */
  readonly labels: Uint8Array;
  readonly factors?: Factors;
  readonly count: number;
}

export interface Dataset {
  readonly name: string;
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  /** Smallest and largest value of an element. */
  readonly valueRange: readonly [number, number];
  /** Names of the classes, by label. */
  readonly labelNames: readonly string[];
  readonly train: Split;
  readonly test: Split;
  /** What the data are, in a sentence or two. */
  readonly description: string;
  /** Where the data came from: files with their digests, or the generator with its seed. */
  readonly provenance: string;
}

/** The first `count` items of a split, without a copy; the split itself if it has no more. */
export function takeItems(split: Split, count: number | undefined): Split {
  if (count === undefined || count >= split.count) return split;
  const rowsOf = (values: Float32Array) =>
    values.subarray(0, (values.length / split.count) * count);
  const taken: Split = {
    images: rowsOf(split.images),
    labels: split.labels.subarray(0, count),
    count,
  };
  if (!split.factors) return taken;
  const { names, values } = split.factors;
  return { ...taken, factors: { names, values: rowsOf(values) } };
}

/** The class names of data sets of digits. */
export const DIGITS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
