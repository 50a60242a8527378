import { type GoldenGraph, LatentkitError, type Precision } from '@latentkit/core';
import {
  type MakeVariant,
  type Model,
  OnnxError,
  readModel,
  toFloat16,
  toInt8,
  withinError,
  writeModel,
} from '@latentkit/onnx';
import { type Limits, measureGraph, shareOfLimits, type Verification } from './verify.ts';

/** Precisions that a graph can be offered in beside float32. */
export type VariantPrecision = Exclude<Precision, 'fp32'>;

interface VariantKind {
  readonly make: (model: Model, keep: readonly string[]) => ReturnType<MakeVariant>;
  /** What is accepted. What it costs in truth is measured on the golden rows, and on the test items. */
  readonly limits: Limits;
}

/**
 * fp16: the weights have 11 bits, and are widened where they are used, since processors and WebAssembly have hardly
 * any kernels that compute in half precision. int8: the weights have 8 bits, and so have activations where products
 * are made of integers.
 */
const KINDS: Readonly<Record<VariantPrecision, VariantKind>> = {
  fp16: {
    make: (model, keep) => toFloat16(model, { compute: 'float32', keep }),
    limits: { error: 5e-2, otherIndices: 0.1 },
  },
  int8: {
    make: (model, keep) => toInt8(model, { keep }),
    limits: { error: 0.1, otherIndices: 0.2 },
  },
};

export const VARIANT_PRECISIONS = Object.keys(KINDS) as VariantPrecision[];

/** What a variant's outputs may be off by. */
export const variantLimits = (precision: VariantPrecision): Limits => KINDS[precision].limits;

export interface GraphVariant {
  readonly bytes: Uint8Array;
  /** Errors against tfjs by output. */
  readonly verification: Verification;
  /** First outputs of the nodes that stay in float32, since less would ruin them. */
  readonly kept: readonly string[];
  /** The largest error of a number, as `files` of a card says it. */
  readonly error: number;
}

/**
 * A graph in another precision, with its error on the golden rows. Nodes that would take it beyond its limits stay in
 * float32.
 *
 * @throws LatentkitError `runtime` where nothing of the graph can be converted within its limits
 */
export async function makeVariant(
  precision: VariantPrecision,
  bytes: Uint8Array,
  golden: GoldenGraph,
): Promise<GraphVariant> {
  const { make, limits } = KINDS[precision];
  const model = readModel(bytes);
  // What is accepted is what was measured last.
  let last: Pick<GraphVariant, 'bytes' | 'verification'> = { bytes, verification: {} };
  const measure = async (variant: Model) => {
    const written = writeModel(variant);
    last = { bytes: written, verification: await measureGraph(written, golden) };
    return shareOfLimits(last.verification, golden, limits);
  };
  let kept: readonly string[];
  try {
    ({ kept } = await withinError(model, (keep) => make(model, keep), { limit: 1, measure }));
  } catch (cause) {
    if (!(OnnxError.isInstance(cause) && cause.code === 'unsupported')) throw cause;
    throw new LatentkitError(
      'runtime',
      `A graph (${model.graph.name}) cannot be offered in ${precision}: all of its weights would take it beyond ${limits.error} of the trained model. Export without ${precision}.`,
      { cause },
    );
  }
  const errors = Object.entries(last.verification)
    .filter(([name]) => golden.outputs[name]?.dtype === 'float32')
    .map(([, { maxScaled }]) => maxScaled);
  return { ...last, kept, error: Math.max(0, ...errors) };
}
