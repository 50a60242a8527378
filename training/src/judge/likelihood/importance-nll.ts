import {
  createRandom,
  InputError,
  type NamedTensors,
  sizeOf,
  type WholeCard,
} from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { readItems } from '@latentkit/data';
import { checkPositiveInteger, checkSeed } from '../../checks.ts';
import { type Metric, mean, testMetric } from '../metric.ts';
import { readCard } from '../model-folder.ts';
import type { TestItems } from '../test-items.ts';
import { ImportanceWeights } from './importance-weights.ts';
import { LogMeanExp } from './log-mean-exp.ts';

export interface ImportanceOptions {
  /** Draws from the posterior for each item; 5000 by default. */
  readonly samples?: number | undefined;
  /** Seed of the draws; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each item. */
  readonly onItem?: ((done: number, total: number) => void) | undefined;
}

export interface ImportanceNll {
  /** −ln p(x) of each item, in nats. */
  readonly values: Float64Array;
  readonly metric: Metric;
  /** The effective sample size of each item's draws, from 1 to their number (Kong 1992). */
  readonly effectiveSamples: Float64Array;
  /** What speaks against the figure, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Fewer draws than these on average, in effect, and the figure is that of the luckiest of them. A posterior that is far too
 * narrow gives equal weights, and is not found so: nothing that was drawn tells of what never is.
 */
const LEAST_EFFECTIVE = 10;

/** The noise is cut from a table of so many times the draws of an item. */
const TABLE_FACTOR = 16;

/**
 * The negative log-likelihood of an exported model by importance sampling: −ln 1/k Σ p(x, z)/q(z|x)
 * over k draws from the posterior, an upper bound that tightens with k (Burda et al. 2016, §5;
 * Rezende et al. 2014, appendix E). Conditional models are given each item's label.
 *
 * The noise of an item is k rows in a row of one table, from a row of its own drawn under the seed:
 * normal numbers would otherwise take longer than the model.
 *
 * @param modelDir a folder that holds model.json and its graphs
 * @throws LatentkitError `unsupported-format` for a latent that is neither Gaussian nor a flow,
 *   `not-found`, `aborted`; IntegrityError
 */
export async function importanceNll(
  modelDir: string,
  items: TestItems,
  { samples = 5000, seed = 0, signal, onItem }: ImportanceOptions = {},
): Promise<ImportanceNll> {
  checkPositiveInteger('importance samples', samples, 10_000_000);
  checkSeed('seed', seed);
  const card = await readCard(modelDir);
  const itemSize = sizeOf(card.item.shape);
  if (items.itemSize !== itemSize) {
    throw new InputError('items', `${itemSize} values each`, `${items.itemSize}`);
  }
  const random = createRandom(seed, 'importance');
  const width = card.latent.size;
  const rows = TABLE_FACTOR * samples;
  const table = random.fillNormal(new Float32Array(rows * width));
  const weights = await ImportanceWeights.open(modelDir, card);
  try {
    const values = new Float64Array(items.count);
    const effectiveSamples = new Float64Array(items.count);
    for (let item = 0; item < items.count; item++) {
      throwIfAborted(signal, 'The importance sampling');
      const start = random.integer(rows - samples + 1);
      const feeds = itemFeeds(items, item, card);
      const weight = new LogMeanExp();
      for (let from = 0; from < samples; from += weights.drawsAtATime) {
        const to = Math.min(from + weights.drawsAtATime, samples);
        const eps = table.subarray((start + from) * width, (start + to) * width);
        weight.addAll(await weights.of(feeds, eps));
      }
      values[item] = -weight.value;
      effectiveSamples[item] = weight.effectiveCount;
      onItem?.(item + 1, items.count);
    }
    return {
      values,
      metric: describe(card, items, values, { samples, seed }),
      effectiveSamples,
      warnings: effectiveWarnings(effectiveSamples, samples),
    };
  } finally {
    await weights.dispose();
  }
}

/** Where few draws have nearly all of the weight, the bound is far above the likelihood, and its luck. */
function effectiveWarnings(effective: Float64Array, samples: number): string[] {
  const average = mean(effective);
  // As many as were drawn cannot be lacking.
  if (!(average < Math.min(LEAST_EFFECTIVE, samples / 2))) return [];
  return [
    `Of the ${samples.toLocaleString('en')} importance samples of an item, ${average.toFixed(1)} count on average (their ` +
      'effective sample size): the NLL hangs on the luckiest of them, and is an upper bound that may lie far ' +
      'above −ln p(x). The posterior lies beside what the decoder asks for: do not compare the ' +
      'figure, compare the ELBO; more samples tighten it slowly.',
  ];
}

function itemFeeds({ split, itemSize }: TestItems, item: number, card: WholeCard): NamedTensors {
  const x = readItems(split, item, item + 1);
  const feeds: NamedTensors = { x: { data: x, dims: [1, itemSize], dtype: 'float32' } };
  if (!card.condition) return feeds;
  const y = new Float32Array(card.condition.labels.length);
  const label = split.labels[item] as number;
  if (label >= y.length) throw new InputError('label', `an index below ${y.length}`, `${label}`);
  y[label] = 1;
  return { ...feeds, y: { data: y, dims: [1, y.length], dtype: 'float32' } };
}

function describe(
  card: WholeCard,
  items: TestItems,
  values: Float64Array,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Metric {
  const given = card.condition ? ' given the label' : '';
  const what = isLikelihood(card, items)
    ? `negative log-likelihood${given}`
    : `importance-weighted bound${given} on the cross-entropy of grey values (a loss, not a likelihood)`;
  const protocol = `${what}, ${samples.toLocaleString('en')} importance samples from the posterior an item (seed ${seed}), likelihood ${card.likelihood.kind}; ${items.description}, ONNX Runtime CPU`;
  return testMetric('NLL', mean(values), 'nats per item', { protocol, count: items.count });
}

/** Cross-entropies of values between 0 and 1 are the likelihood of nothing. */
function isLikelihood({ likelihood }: WholeCard, { binarisation }: TestItems): boolean {
  return likelihood.kind !== 'bernoulli' || binarisation !== 'none';
}
