import * as v from 'valibot';
import { CardError, describe } from './errors.ts';

/** The version of the card format that this library reads and writes. */
export const CARD_FORMAT = 1;

const positiveInteger = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const finite = v.pipe(v.number(), v.finite());
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** A file beside the card: a bare name, so that a card can never reach outside its folder. */
const fileName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
    'a bare file name (letters, digits, ".", "_", "-"), without folders',
  ),
  v.maxLength(200),
);

export const FileSchema = v.object({
  file: fileName,
  bytes: positiveInteger,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')),
});

export const TensorInfoSchema = v.object({
  name,
  dtype: v.picklist(['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'int8', 'bool']),
  /** Numbers are fixed sizes, strings name dynamic dimensions (`'batch'`). */
  shape: v.array(v.union([positiveInteger, name])),
});

export const GraphSchema = v.object({
  inputs: v.pipe(v.array(TensorInfoSchema), v.minLength(1)),
  outputs: v.pipe(v.array(TensorInfoSchema), v.minLength(1)),
  /** One file for each precision on offer; fp32 is always there. */
  files: v.object({ fp32: FileSchema, fp16: v.optional(FileSchema), int8: v.optional(FileSchema) }),
});

const latentSize = v.pipe(positiveInteger, v.maxValue(2 ** 20));

export const CardSchema = v.object({
  format: v.literal(CARD_FORMAT),
  name,
  description: v.optional(v.string()),
  /** The family of the model: `'vae'`, `'ae'`, … */
  family: v.picklist(['ae', 'vae']),
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
  /** How 8-bit pixels become item values: value = pixel · scale + offset. */
  preprocessing: v.object({ scale: finite, offset: finite }),
  likelihood: v.variant('kind', [
    v.object({ kind: v.literal('bernoulli') }),
    v.object({ kind: v.literal('gaussian'), sigma: v.pipe(finite, v.gtValue(0)) }),
  ]),
  latent: v.variant('kind', [
    v.object({ kind: v.literal('gaussian'), size: latentSize }),
    v.object({ kind: v.literal('point'), size: latentSize }),
  ]),
  graphs: v.object({ encoder: GraphSchema, decoder: GraphSchema }),
  /** Inputs and outputs recorded from the trainer, for checking any runtime. */
  golden: v.optional(FileSchema),
  metrics: v.array(
    v.object({
      name,
      value: finite,
      unit: name,
      /** How the figure came about, in words: data, likelihood, estimator, samples. */
      protocol: v.pipe(v.string(), v.minLength(1)),
      split: v.picklist(['train', 'test']),
      count: positiveInteger,
    }),
  ),
  provenance: v.object({
    dataset: name,
    seed: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    epochs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    objective: name,
    engine: name,
    command: v.optional(v.string()),
    /** Versions of what made the model, by package. */
    tools: v.record(v.string(), v.string()),
  }),
  /** Largest absolute error against the golden outputs that each device may show. */
  tolerance: v.record(v.string(), v.pipe(finite, v.gtValue(0))),
});

/** The contents of `model.json`: everything that a program must know to use the model. */
export type ModelCard = v.InferOutput<typeof CardSchema>;
export type GraphCard = v.InferOutput<typeof GraphSchema>;
export type FileCard = v.InferOutput<typeof FileSchema>;
/** A precision in which a graph may be on offer. */
export type Precision = keyof GraphCard['files'];

/**
 * Parses and validates the text of a `model.json`.
 *
 * @param source where the text came from, for messages
 * @throws CardError `unsupported-format` for a card of another format version, `invalid-card` for
 *   text that is not JSON or does not describe a model
 */
export function parseCard(text: string, source = 'model.json'): ModelCard {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CardError(
      'invalid-card',
      `${source} is not valid JSON: ${(cause as Error).message}`,
      [],
      {
        cause,
      },
    );
  }
  return validateCard(value, source);
}

/** Validates a card that is already an object; see {@link parseCard}. */
export function validateCard(value: unknown, source = 'model.json'): ModelCard {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CardError(
      'invalid-card',
      `${source} must hold a JSON object, received ${describe(value)}.`,
    );
  }
  const format = 'format' in value ? value.format : undefined;
  if (format !== CARD_FORMAT) {
    throw new CardError(
      'unsupported-format',
      `${source} has card format ${describe(format)}; this version of latentkit reads format ${CARD_FORMAT}. ` +
        'Update latentkit, or export the model again with the version installed here.',
    );
  }
  const result = v.safeParse(CardSchema, value);
  if (!result.success) {
    const issues = result.issues.map((issue) => {
      const path = v.getDotPath(issue) ?? 'card';
      return `${path}: ${issue.message}`;
    });
    throw new CardError(
      'invalid-card',
      `${source} is not a valid model card:\n${issues.map((issue) => `  - ${issue}`).join('\n')}`,
      issues,
    );
  }
  return checkRoles(result.output, source);
}

/** The graphs of every family carry their values under fixed names (docs/model-card.md). */
const ROLES = {
  gaussian: { encoder: ['mean', 'log_var'], latent: 'mean' },
  point: { encoder: ['z'], latent: 'z' },
} as const;

function checkRoles(card: ModelCard, source: string): ModelCard {
  const issues: string[] = [];
  const roles = ROLES[card.latent.kind];
  const expect = (
    graph: 'encoder' | 'decoder',
    side: 'inputs' | 'outputs',
    role: string,
    width: number,
  ) => {
    const info = card.graphs[graph][side].find((candidate) => candidate.name === role);
    if (!info) {
      issues.push(`graphs.${graph}.${side}: '${role}' is missing`);
      return;
    }
    const [batch, ...rest] = info.shape;
    const size = rest.reduce<number>(
      (product, dim) => product * (typeof dim === 'number' ? dim : Number.NaN),
      1,
    );
    if (typeof batch !== 'string' || size !== width) {
      issues.push(
        `graphs.${graph}.${side}.${role}: a named batch dimension and ${width} elements an item, received [${info.shape.join(', ')}]`,
      );
    }
  };
  const itemSize = card.item.shape.reduce((size, dim) => size * dim, 1);
  expect('encoder', 'inputs', 'x', itemSize);
  for (const role of roles.encoder) expect('encoder', 'outputs', role, card.latent.size);
  expect('decoder', 'inputs', 'z', card.latent.size);
  expect('decoder', 'outputs', 'mean', itemSize);
  if (issues.length > 0) {
    throw new CardError(
      'invalid-card',
      `${source} is not a valid model card:\n${issues.map((issue) => `  - ${issue}`).join('\n')}`,
      issues,
    );
  }
  return card;
}
