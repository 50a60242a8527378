import { type Metric, testMetric } from '../metric.ts';
import type { TestItems } from '../test-items.ts';
import type { Diagnostics } from './diagnostics.ts';
import { ACTIVE_VARIANCE } from './latent-statistics.ts';

/** The figures among the diagnostics, as a card holds them. */
export function diagnosticMetrics(
  { klByLevel, activeUnits, information, codes }: Omit<Diagnostics, 'warnings'>,
  items: TestItems,
  seed: number,
): Metric[] {
  const where = `${items.description}, ONNX Runtime CPU`;
  const metric = (name: string, value: number, unit: string, what: string, count = items.count) =>
    testMetric(name, value, unit, { protocol: `${what}; ${where}`, count });
  const metrics: Metric[] = [];
  if (activeUnits) {
    const what = `dimensions whose posterior mean has a variance above ${ACTIVE_VARIANCE} over the items`;
    metrics.push(metric('active units', activeUnits.count, `of ${activeUnits.of}`, what));
  }
  if (information) {
    const { mutual, aggregateKl, items: count } = information;
    const what = `Hoffman & Johnson 2016, on the first ${count.toLocaleString('en')} of the items (at most ln ${count} = ${Math.log(count).toFixed(2)}), one posterior sample an item (seed ${seed})`;
    metrics.push(
      metric('mutual information', mutual, 'nats', `I(item; z), ${what}`, count),
      metric(
        'aggregate KL',
        aggregateKl,
        'nats',
        `KL(q(z) ‖ p(z)), mean KL less I(item; z), ${what}`,
        count,
      ),
    );
  }
  for (const [level, kl] of klByLevel?.entries() ?? []) {
    const what = `KL of level ${level + 1} of ${klByLevel?.length}, 1 the topmost, from its prior, at one posterior sample an item (seed ${seed}), others than those of the KL`;
    metrics.push(metric(`KL of level ${level + 1}`, kl, 'nats per item', what));
  }
  if (codes) {
    const unit = `of ${codes.codes}`;
    metrics.push(
      metric(
        'codebook perplexity',
        codes.perplexity,
        unit,
        'exp of the entropy of how often each code is chosen',
      ),
      metric('dead codes', codes.dead, unit, 'codes that no item uses'),
    );
  }
  return metrics;
}
