import {
  type Autoencoder,
  centre,
  createRandom,
  type GaussianMixture,
  mixtureLogDensity,
  priorOf,
  type Random,
  tensor,
} from '@latentkit/core';
import { definitionOf, throwIfAborted } from '@latentkit/core/runtime';
import { checkPositiveInteger, checkSeed } from '../../checks.ts';
import { conditionOf } from '../likelihood/elbo.ts';
import type { Metric } from '../metric.ts';
import { itemBatches, type TestItems } from '../test-items.ts';
import { codeUsage } from './code-usage.ts';
import { collapseWarnings } from './collapse-warnings.ts';
import { diagnosticMetrics } from './diagnostic-metrics.ts';
import type { Diagnostics } from './diagnostics.ts';
import {
  ACTIVE_VARIANCE,
  columnMeans,
  columnVariances,
  klByDimension,
  LEAST_ITEMS,
  Rows,
  type RowsView,
} from './latent-statistics.ts';
import { indexCodeInformation } from './mutual-information.ts';

export interface DiagnosticsOptions {
  /** Items that the mutual information is estimated on, the first so many; 2,000 by default. */
  readonly informationItems?: number | undefined;
  /** Seed of draws; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DiagnosticsResult {
  readonly diagnostics: Diagnostics;
  readonly metrics: readonly Metric[];
}

/** Looks at how an exported model uses its latents on test items. */
export async function diagnose(
  model: Autoencoder,
  items: TestItems,
  { informationItems = 2000, seed = 0, signal }: DiagnosticsOptions = {},
): Promise<DiagnosticsResult> {
  checkPositiveInteger('information items', informationItems, 1_000_000);
  checkSeed('seed', seed);
  const { card } = model;
  const { latent } = card;
  const rows = (width: number) => new Rows(items.count, width);
  const definition = definitionOf(latent);
  const levels = definition.levels?.(latent);
  const counts = new Float64Array(definition.grid?.(latent).codes ?? 0);
  const centres = rows(counts.length > 0 ? 0 : latent.size);
  const levelKls = rows(levels?.length ?? 0);
  /** The KL of all items of a latent that is drawn inside the encoder. */
  let drawnKl: number | undefined;
  /** Of a Gaussian posterior: what is drawn inside the encoder has another. */
  let logVars: Rows | undefined;
  const random = createRandom(seed, 'diagnostics');
  for (const batch of itemBatches(items)) {
    throwIfAborted(signal, 'The diagnostics');
    const condition = conditionOf(card, batch);
    const encoded = await model.encoder.encode(batch.images, { condition, signal });
    const indices = definition.indices?.(encoded);
    if (indices) {
      for (const code of indices.data) (counts[code] as number) += 1;
      continue;
    }
    centres.add(centre(encoded));
    const moments = definition.moments?.(encoded);
    if (moments) {
      logVars ??= rows(latent.size);
      logVars.add(moments.logVar);
    } else if (definition.takesNoise) {
      // The KL, of a level too, depends on the draw, and on those above it: not the image of ε = 0.
      const seed = random.uint32();
      const drawn = await model.encoder.encode(batch.images, { condition, signal, seed });
      if (definition.klByLevel) levelKls.add(definition.klByLevel(drawn));
      const { kl } = definition.draw(drawn, { seed });
      drawnKl = kl.reduce((sum, value) => sum + value, drawnKl ?? 0);
    }
  }
  const facts = factsOf();
  const chosen = counts.reduce((sum, count) => sum + count, 0);
  const { activeUnits: _, information: __, ...others } = facts;
  const told = items.count < LEAST_ITEMS ? others : facts;
  const carried = drawnKl === undefined ? undefined : drawnKl / items.count;
  const diagnostics = { ...facts, warnings: collapseWarnings(card, told, chosen, carried) };
  return { diagnostics, metrics: diagnosticMetrics(diagnostics, items, seed) };

  function factsOf(): Omit<Diagnostics, 'warnings'> {
    if (counts.length > 0) return { codes: codeUsage(counts) };
    const active = columnVariances(centres).filter((variance) => variance > ACTIVE_VARIANCE);
    const activeUnits = { count: active.length, of: latent.size };
    if (levels) {
      return { activeUnits, klByLevel: Array.from(columnMeans(levelKls)) };
    }
    if (!logVars) return { activeUnits };
    const part = Math.min(informationItems, items.count);
    const mean = centres.first(part);
    const logVar = logVars.first(part);
    const mutual = indexCodeInformation(mean, logVar, random);
    const prior = priorOf(card);
    const total = prior
      ? sampledKl(prior, mean, logVar, random)
      : klByDimension(mean, logVar).reduce((sum, kl) => sum + kl, 0);
    return {
      klByDimension: Array.from(klByDimension(centres, logVars)),
      activeUnits,
      information: { mutual, aggregateKl: total - mutual, items: part },
    };
  }
}

/** The mean KL of Gaussian posteriors from a mixture, by one draw from each: its ln p(z), and their entropy. */
function sampledKl(
  prior: GaussianMixture,
  mean: RowsView,
  logVar: RowsView,
  random: Random,
): number {
  const z = random.fillNormal(new Float32Array(mean.data.length));
  let kl = 0;
  for (let i = 0; i < z.length; i++) {
    const lv = logVar.data[i] as number;
    z[i] = (mean.data[i] as number) + Math.exp(lv / 2) * (z[i] as number);
    kl -= 0.5 * (1 + lv + Math.log(2 * Math.PI));
  }
  for (const value of mixtureLogDensity(prior, tensor(z, [mean.count, mean.width]))) kl -= value;
  return kl / mean.count;
}
