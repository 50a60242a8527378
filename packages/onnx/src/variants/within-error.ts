import { OnnxError } from '../errors.ts';
import { checkModelForm, checkOptions, refuse } from '../form.ts';
import type { Model, Node } from '../ir.ts';
import type { VariantReport } from './variant-report.ts';

export interface WithinErrorOptions {
  /**
   * How far a variant is from the model, as on inputs of which the outputs are known; any number from 0 up, in the
   * units of `limit`. NaN counts as beyond every limit.
   */
  readonly measure: (variant: Model) => number | Promise<number>;
  /** The largest error that is accepted. */
  readonly limit: number;
}

export interface MeasuredVariant {
  readonly model: Model;
  readonly report: VariantReport;
  /** The error of what is returned. */
  readonly error: number;
  /** First outputs of the nodes that stay in float32 for the sake of the error, the worst first. */
  readonly kept: readonly string[];
}

/** Makes a variant; the nodes whose first outputs are named stay in float32. */
export type MakeVariant = (keep: readonly string[]) => { model: Model; report: VariantReport };

/**
 * A variant that stays within an error, by leaving in float32 the nodes that would ruin it: where all of it is
 * beyond the limit, each node that reads weights is measured alone, and the worst of them stay, one after the other,
 * until the rest is within.
 *
 * ```ts
 * const small = await withinError(model, (keep) => toInt8(model, { keep }), { measure, limit: 0.05 });
 * ```
 *
 * @throws OnnxError `unsupported` where nothing would be left to convert, `invalid-argument`; what `measure` throws
 */
export async function withinError(
  model: Model,
  make: MakeVariant,
  options: WithinErrorOptions,
): Promise<MeasuredVariant> {
  checkModelForm(model);
  checkOptions(options, 'The options', ['measure', 'limit']);
  const { measure, limit } = options;
  if (typeof make !== 'function' || typeof measure !== 'function') {
    throw new OnnxError('invalid-argument', 'make and measure are functions.');
  }
  if (typeof limit !== 'number' || !(limit >= 0)) refuse('limit', 'a number ≥ 0', limit);
  const attempt = async (kept: readonly string[]): Promise<MeasuredVariant> => {
    const variant = make(kept);
    if (!Array.isArray(variant?.report?.initializers)) {
      refuse('What make gives', '{ model, report }, as toInt8 gives them', variant);
    }
    checkModelForm(variant.model);
    const error: unknown = await measure(variant.model);
    if (typeof error !== 'number') refuse('What measure gives', 'a number', error);
    return { ...variant, error, kept };
  };
  const isConverted = ({ report }: MeasuredVariant) => report.initializers.length > 0;

  const whole = await attempt([]);
  if (whole.error <= limit || !isConverted(whole)) return accepted(whole, limit);
  const names = readers(model);
  const alone: { name: string; error: number }[] = [];
  for (const name of names) {
    const one = await attempt(names.filter((other) => other !== name));
    if (isConverted(one)) alone.push({ name, error: one.error });
  }
  alone.sort((a, b) => rank(b.error) - rank(a.error));
  let best = whole;
  for (let count = 1; count < alone.length; count++) {
    best = await attempt(alone.slice(0, count).map(({ name }) => name));
    if (best.error <= limit) break;
  }
  return accepted(best, limit);
}

function accepted(variant: MeasuredVariant, limit: number): MeasuredVariant {
  if (variant.error <= limit) return variant;
  throw new OnnxError(
    'unsupported',
    `Whatever stays in float32, the error is ${variant.error.toPrecision(2)}, and at most ${limit} was wanted. Allow more, or do without the variant.`,
  );
}

const rank = (error: number) => (Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);

/** First outputs of the nodes that read weights. */
function readers({ graph }: Model): string[] {
  const readsWeights = ({ inputs }: Node) => inputs.some((name) => graph.initializers.has(name));
  return graph.nodes.filter(readsWeights).map(({ outputs }) => outputs[0] as string);
}
