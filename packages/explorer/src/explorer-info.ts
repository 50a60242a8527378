/** The version of the format of `explorer.json` and of what lies beside it. */
export const EXPLORER_FORMAT = 1;

/** The files of a folder of explorer data. */
export const EXPLORER_FILE = 'explorer.json';
export const POINTS_FILE = 'points.parquet';

/** The contents of `site.json`: the devices that the page may use. */
export interface SiteSettings {
  readonly devices: readonly ('wasm' | 'webgpu')[];
}

/** A way to lay the embeddings out in two dimensions, by the columns of `points.parquet` that hold it. */
export interface ProjectionInfo {
  readonly name: 'umap' | 'pca';
  readonly columns: readonly [x: string, y: string];
  /** How it came about, in words. */
  readonly protocol: string;
}

/** What is known of one dimension of the latents. */
export interface DimensionInfo {
  /** Mean and variance of the embeddings. */
  readonly mean: number;
  readonly variance: number;
  /** KL of the posterior from N(0, 1), the mean over the items, in nats; for a Gaussian latent under that prior. */
  readonly kl?: number | undefined;
}

/** Where an attribute points to; see `findDirections` of `@latentkit/core`. */
export interface DirectionInfo {
  readonly name: string;
  /** [size] Raises the attribute by one of its standard deviations. */
  readonly vector: readonly number[];
  readonly deviation: number;
  readonly r2: number;
  readonly protocol: string;
}

/** Pictures of all points, side by side in sheets of equal cells. */
export interface ThumbnailInfo {
  /** Sheets in the order of the points. */
  readonly files: readonly string[];
  /** Of a cell, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Cells side by side, and below one another, in a full sheet. */
  readonly columns: number;
  readonly rows: number;
  /** What grey pictures are drawn with, by their rims: light on dark, or dark on light; absent where unclear. */
  readonly ink?: 'light' | 'dark' | undefined;
}

/** A factor of the items: the column that holds it, and its range. */
export interface FactorInfo {
  readonly name: string;
  readonly column: string;
  readonly low: number;
  readonly high: number;
}

/** The contents of `explorer.json`: what `points.parquet` and the thumbnails are. */
export interface ExplorerInfo {
  readonly format: typeof EXPLORER_FORMAT;
  /** The name of the data. */
  readonly data: string;
  readonly model: { readonly name: string; readonly space: string };
  /** Rows of `points.parquet`. */
  readonly count: number;
  /** Numbers of an embedding: the column `vector`. */
  readonly size: number;
  readonly points: string;
  readonly projections: readonly ProjectionInfo[];
  /** The column `neighbours`: rows (`ids`) and Euclidean `distances` of the k nearest landmarks, the nearest first. */
  readonly neighbours: { readonly k: number; readonly landmarks: number };
  /** Classes in the order of their colours: values of the column `label`; empty where the items have none. */
  readonly labels: readonly string[];
  readonly factors: readonly FactorInfo[];
  /** Values of the column `cluster`. */
  readonly clusters: number;
  readonly dimensions: readonly DimensionInfo[];
  /** Dimensions whose embedding has a variance above 0.01 over the items. */
  readonly activeUnits: number;
  /** Entries of the codebook that some item uses, for a latent of codes. */
  readonly codes?: { readonly used: number; readonly of: number } | undefined;
  readonly directions: readonly DirectionInfo[];
  readonly thumbnails: ThumbnailInfo;
  /** The column `score` in words, and below what a score counts as odd where the card says so. */
  readonly score: { readonly protocol: string; readonly threshold?: number | undefined };
}
