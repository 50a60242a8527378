import * as v from 'valibot';
import { FITS } from '../images/fit-picture.ts';
import { KERNELS } from '../images/resample.ts';
import { LatentSchema } from '../latents/index.ts';
import {
  finite,
  type NumberSchema,
  name,
  positive,
  positiveInteger,
  share,
  type TextSchema,
  text,
} from '../plain-schemas.ts';
import type { DType } from '../tensor.ts';
import { LatentSpaceSchema } from './latent-space-card.ts';

/** The version of the card format that this library writes for a model with a prior of its own; of others it is 1. */
export const CARD_FORMAT = 2;

const nonNegative: NumberSchema = v.pipe(finite, v.minValue(0));
const byte: NumberSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

/** A file beside the card: a bare name, so that a card can never reach outside its folder. */
const fileName: TextSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
    'a bare file name (letters, digits, ".", "_", "-"), without folders',
  ),
  v.maxLength(200),
);

const sha256: TextSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
);
const words: TextSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));

/** What a decoder says of an item: a distribution of each element about its mean. */
export type LikelihoodCard =
  | { kind: 'bernoulli' }
  | { kind: 'continuous-bernoulli' }
  | { kind: 'gaussian'; sigma: number }
  | { kind: 'laplace'; scale: number }
  | { kind: 'discretised-logistic'; scale: number; levels: number };

/** Its type by name: declarations would have all that it is made of, each time that a card is. */
const LikelihoodSchema: v.GenericSchema<LikelihoodCard> = v.variant('kind', [
  v.object({ kind: v.literal('bernoulli') }),
  v.object({ kind: v.literal('continuous-bernoulli') }),
  v.object({ kind: v.literal('gaussian'), sigma: positive }),
  v.object({ kind: v.literal('laplace'), scale: positive }),
  v.object({
    kind: v.literal('discretised-logistic'),
    scale: positive,
    /** Values that an element may have, evenly over the range of items: 256 of 8-bit pixels. */
    levels: v.pipe(v.number(), v.safeInteger(), v.minValue(2)),
  }),
]);

/** A file beside the card. */
export interface FileCard {
  file: string;
  bytes: number;
  sha256: string;
}

const fileEntries = { file: fileName, bytes: positiveInteger, sha256 };
/** Its type by name, as that of {@link LikelihoodSchema}. */
export const FileSchema: v.GenericSchema<FileCard> = v.object(fileEntries);

/** A file in another precision than that of training. */
export const VariantFileSchema: v.GenericSchema<FileCard & { error?: number | undefined }> =
  v.object({
    ...fileEntries,
    /** Largest error against the golden outputs on the CPU, measured when it was made, in the units of `tolerance`. */
    error: v.optional(nonNegative),
  });

/** What an engine can be handed in and out of a graph. */
type GraphDType = Exclude<DType, 'int16' | 'uint16' | 'uint32' | 'uint64'>;
/** Its type by name, as that of {@link LikelihoodSchema}. */
interface DTypeSchema extends v.GenericSchema<GraphDType> {}
const dtype: DTypeSchema = v.picklist([
  'float32',
  'float16',
  'float64',
  'int32',
  'int64',
  'uint8',
  'int8',
  'bool',
]);

export const TensorInfoSchema = v.object({
  name,
  dtype,
  /** Numbers are fixed sizes, strings name dynamic dimensions (`'batch'`). */
  shape: v.array(v.union([positiveInteger, name])),
});

export const GraphSchema = v.object({
  inputs: v.pipe(v.array(TensorInfoSchema), v.minLength(1)),
  outputs: v.pipe(v.array(TensorInfoSchema), v.minLength(1)),
  /** One file for each precision on offer; fp32 is always there. */
  files: v.object({
    fp32: FileSchema,
    fp16: v.optional(VariantFileSchema),
    int8: v.optional(VariantFileSchema),
  }),
});

export const FAMILIES = [
  'ae',
  'vae',
  'beta-vae',
  'iwae',
  'cvae',
  'hierarchical',
  'flow',
  'vq-vae',
] as const;

/** What a card says of its model: a family that latentkit trains, or an encoder alone, from elsewhere. */
const CARD_FAMILIES = [...FAMILIES, 'encoder'] as const;

export const CardSchema = v.object({
  /** 2 of a model with a prior of its own, which readers of format 1 would not heed. */
  format: v.picklist([1, CARD_FORMAT]),
  name,
  description: v.optional(v.string()),
  /** The family of the model: `'vae'`, `'ae'`, … */
  family: v.picklist(CARD_FAMILIES),
  item: v.object({
    /** The shape of one item, outermost dimension first: [height, width, channels] for images. */
    shape: v.pipe(v.array(positiveInteger), v.minLength(1), v.maxLength(4)),
    layout: v.picklist(['HWC', 'CHW', 'flat']),
    /** Smallest and largest value of an element. */
    range: v.pipe(
      v.tuple([finite, finite]),
      v.check(([low, high]) => low < high, 'a range whose first value is below its second'),
    ),
  }),
  /**
   * How a picture becomes an item. Its 8-bit pixels become values: value = pixel · scale + offset. What
   * comes before that (docs/pictures.md) has defaults, for models of other things and older cards.
   */
  preprocessing: v.object({
    scale: finite,
    offset: finite,
    /** Weights of red, green and blue in a grey value, on gamma-encoded values; BT.601 by default. */
    grey: v.optional(
      v.pipe(
        v.tuple([share, share, share]),
        v.check(([r, g, b]) => Math.abs(r + g + b - 1) < 1e-6, 'three weights that sum to 1'),
      ),
    ),
    /** The kernel that pictures are resampled by; cubic (Keys, a = −½) by default. */
    kernel: v.optional(v.picklist(KERNELS)),
    /** How a picture of another shape fills the item; `'cover'` by default. */
    fit: v.optional(v.picklist(FITS)),
    /** Shows through transparent pixels and fills padding: [red, green, blue]; black by default. */
    background: v.optional(v.tuple([byte, byte, byte])),
  }),
  /** Of the decoder; absent without one. */
  likelihood: v.optional(LikelihoodSchema),
  latent: LatentSchema,
  /** What was found out about the latent space: directions, samplers, thresholds. */
  latentSpace: v.optional(LatentSpaceSchema),
  /** What the model is conditioned on: one of the labels, fed one-hot (or as a mixture) as `y`. */
  condition: v.optional(v.object({ labels: v.pipe(v.array(name), v.minLength(2)) })),
  graphs: v.object({
    encoder: GraphSchema,
    /** Absent in a model of the family 'encoder', which embeds and does nothing else. */
    decoder: v.optional(GraphSchema),
    /** indices → z_q, for a latent of codes. */
    codebook: v.optional(GraphSchema),
    /** indices → logits of each code given those before it in raster order, for a latent of codes. */
    prior: v.optional(GraphSchema),
  }),
  /** Inputs and outputs recorded from the trainer, for checking any runtime. */
  golden: v.optional(FileSchema),
  /** Losses and seconds of each epoch of the training. */
  training: v.optional(FileSchema),
  /** The pseudo-inputs that a learned prior was made of: who goes on training goes on from them. */
  pseudoInputs: v.optional(FileSchema),
  metrics: v.array(
    v.object({
      name,
      value: finite,
      unit: name,
      /** How the figure came about, in words: data, likelihood, estimator, samples. */
      protocol: text,
      split: v.picklist(['train', 'test']),
      count: positiveInteger,
    }),
  ),
  provenance: v.object({
    dataset: name,
    /** Their number and digests, which differ for other items, names, classes or splits. */
    data: v.optional(v.string()),
    seed: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    epochs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    /** How grey values were drawn to 0 or 1 for training and test; `'none'` where absent. */
    leftOut: v.optional(v.array(name)),
    binarisation: v.optional(v.picklist(['none', 'static', 'dynamic'])),
    objective: words,
    engine: name,
    /** What the epochs took by the clock, other work on the machine included. */
    seconds: v.optional(v.pipe(finite, v.minValue(0))),
    command: v.optional(v.string()),
    /** The model that it went on from, where it did: its name, and the SHA-256 of its encoder. */
    from: v.optional(v.object({ name, sha256 })),
    /** Versions of what made the model, by package. */
    tools: v.record(v.string(), v.string()),
  }),
  /**
   * Largest error against the golden outputs that each device may show, in units of the largest number of
   * its row where that is beyond ±1.
   */
  tolerance: v.record(v.string(), v.pipe(finite, v.gtValue(0))),
});

/** The contents of `model.json`: everything that a program must know to use the model. */
export type ModelCard = v.InferOutput<typeof CardSchema>;
export type GraphCard = v.InferOutput<typeof GraphSchema>;
/** The card of a model that decodes as well: all but an encoder alone. */
export type WholeCard = ModelCard & {
  family: (typeof FAMILIES)[number];
  likelihood: NonNullable<ModelCard['likelihood']>;
  graphs: { decoder: GraphCard };
};
/** What a model's graphs are called: every model has an encoder. */
export type GraphName = keyof ModelCard['graphs'];
/** A precision in which a graph may be on offer. */
export type Precision = keyof GraphCard['files'];
