import { ArgumentError, type Autoencoder, gridOf, LatentkitError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import type { Factors } from '@latentkit/data';
import { conditionOf } from '../likelihood/elbo.ts';
import { type Metric, testMetric } from '../metric.ts';
import { itemBatches, type TestItems } from '../test-items.ts';
import { entropy, equalBins, mutualInformation } from './binning.ts';
import { lasso, standardise } from './lasso.ts';
import { Rows, type RowsView } from './latent-statistics.ts';

/** Bins of equal width for each code and each continuous factor. */
const BINS = 20;
/** Penalty of the regressions whose weights are the importances of DCI. */
const PENALTY = 0.02;

export interface FactorGap {
  readonly factor: string;
  /** (largest − second largest mutual information with a code) / entropy of the factor, 0 to 1 */
  readonly gap: number;
}

/**
 * The mutual information gap of codes and known factors (Chen et al. 2018, §4.1): near 1 where every
 * factor is told by one code alone, near 0 where two tell it alike or none does. Factors that do not
 * vary are left out.
 *
 * @param codes [n × size], n ≥ 2
 * @throws ArgumentError for fewer than 2 codes, or no factor that varies
 */
export function mutualInformationGaps(codes: RowsView, factors: Factors): FactorGap[] {
  if (codes.width < 2) throw new ArgumentError('code dimensions', 'at least 2', codes.width);
  const binned = columnsOf(codes).map((column) => equalBins(column, BINS));
  const gaps: FactorGap[] = [];
  for (const { name, values } of factorsOf(factors)) {
    const discrete = equalBins(values, BINS);
    const total = entropy(discrete);
    if (total === 0) continue;
    const shared = binned
      .map((code) => mutualInformation(code, discrete))
      .sort((first, second) => second - first);
    gaps.push({ factor: name, gap: ((shared[0] as number) - (shared[1] as number)) / total });
  }
  if (gaps.length === 0) throw new ArgumentError('factors', 'at least one that varies', 'none');
  return gaps;
}

/**
 * DCI disentanglement (Eastwood & Williams 2018, §2): 1 where every code serves one factor only, 0
 * where every code serves all alike. A code's importance for a factor is the size of its weight in a
 * penalised linear regression; a factor of classes is regressed class by class, and their weights
 * added.
 *
 * @param codes [n × size]
 * @param classes names of factors whose values are classes
 */
export function dciDisentanglement(
  codes: RowsView,
  factors: Factors,
  classes: readonly string[] = ['class'],
): number {
  const columns = columnsOf(codes).map(standardise);
  const known = factorsOf(factors);
  const importance = known.map(({ name, values }) => {
    const total = new Float64Array(codes.width);
    for (const target of classes.includes(name) ? indicators(values) : [values]) {
      const weights = lasso(columns, standardise(target), PENALTY);
      for (const [code, weight] of weights.entries()) {
        (total[code] as number) += Math.abs(weight);
      }
    }
    return total;
  });
  let weighted = 0;
  let all = 0;
  for (let code = 0; code < codes.width; code++) {
    const shares = importance.map((factor) => factor[code] as number);
    const sum = shares.reduce((total, share) => total + share, 0);
    if (sum === 0) continue;
    const disorder = shares.reduce(
      (total, share) => (share > 0 ? total - (share / sum) * Math.log(share / sum) : total),
      0,
    );
    weighted += sum * (1 - disorder / Math.log(known.length));
    all += sum;
  }
  return all === 0 ? 0 : weighted / all;
}

export interface Disentanglement {
  readonly mig: number;
  readonly gaps: readonly FactorGap[];
  readonly dci: number;
  readonly metrics: readonly Metric[];
}

/**
 * How far the embedding of an exported model takes known factors apart.
 *
 * @throws LatentkitError `unsupported-format` for items whose factors are not known, or a latent of codes
 */
export async function disentanglement(
  model: Autoencoder,
  items: TestItems,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Disentanglement> {
  const { factors } = items.split;
  if (!factors) {
    throw new LatentkitError(
      'unsupported-format',
      'Disentanglement is measured against known factors, which these items do not have; strokes do.',
    );
  }
  if (gridOf(model.card)) {
    throw new LatentkitError(
      'unsupported-format',
      'Disentanglement is defined for vectors; the latent of this model is a grid of codes.',
    );
  }
  const codes = new Rows(items.count, model.card.latent.size);
  for (const batch of itemBatches(items)) {
    throwIfAborted(signal, 'Measuring disentanglement');
    const condition = conditionOf(model.card, batch);
    codes.add(await model.encoder.embed(batch.images, { condition, signal }));
  }
  const gaps = mutualInformationGaps(codes, factors);
  const mig = gaps.reduce((sum, { gap }) => sum + gap, 0) / gaps.length;
  const dci = dciDisentanglement(codes, factors);
  const about = `codes: embeddings; factors: ${factors.names.join(', ')}; ${items.description}, ONNX Runtime CPU`;
  const metric = (name: string, value: number, how: string) =>
    testMetric(name, value, 'of 1', { protocol: `${how}; ${about}`, count: items.count });
  return {
    mig,
    gaps,
    dci,
    metrics: [
      metric(
        'MIG',
        mig,
        `mutual information gap (Chen et al. 2018) averaged over factors, ${BINS} bins of equal width`,
      ),
      metric(
        'DCI disentanglement',
        dci,
        `disentanglement of Eastwood & Williams 2018, importances from lasso regressions on standardised values with penalty ${PENALTY}, classes one by one`,
      ),
    ],
  };
}

function columnsOf({ data, width, count }: RowsView): Float64Array[] {
  return Array.from({ length: width }, (_, column) =>
    Float64Array.from({ length: count }, (_, row) => data[row * width + column] as number),
  );
}

function factorsOf({ names, values }: Factors): { name: string; values: Float64Array }[] {
  const width = names.length;
  const columns = columnsOf({ data: values, width, count: values.length / width });
  return names.map((name, i) => ({ name, values: columns[i] as Float64Array }));
}

/** One column of 0 and 1 for each distinct value. */
function indicators(values: Float64Array): Float64Array[] {
  return [...new Set(values)]
    .sort((a, b) => a - b)
    .map((value) => values.map((other) => Number(other === value)));
}
