import { type Autoencoder, createRandom, throwIfAborted } from '@latentkit/core';
import { checkPositiveInteger, checkSeed } from '../checks.ts';
import { type CodeUsage, codeUsage } from './code-usage.ts';
import { collapseWarnings } from './collapse-warnings.ts';
import { diagnosticMetrics } from './diagnostic-metrics.ts';
import { conditionOf } from './elbo.ts';
import {
  ACTIVE_VARIANCE,
  columnMeans,
  columnVariances,
  klByDimension,
  Rows,
} from './latent-statistics.ts';
import type { Metric } from './metric.ts';
import { indexCodeInformation } from './mutual-information.ts';
import { itemBatches, type TestItems } from './test-items.ts';

export interface DiagnosticsOptions {
  /** Items that the mutual information is estimated on, the first so many; 2,000 by default. */
  readonly informationItems?: number | undefined;
  /** Seed of draws; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a model uses its latents; what does not apply to its kind is left out. */
export interface Diagnostics {
  /** Gaussian latents: KL of each dimension from N(0, 1), in nats. */
  readonly klByDimension?: readonly number[];
  /** Ladders: KL of each level from its prior, in nats, topmost first. */
  readonly klByLevel?: readonly number[];
  /** All but codes: dimensions whose centre varies over the items by more than {@link ACTIVE_VARIANCE}. */
  readonly activeUnits?: { readonly count: number; readonly of: number };
  /** Gaussian latents: what a draw tells about which item it is of. */
  readonly information?: Information;
  readonly codes?: CodeUsage;
  /** What is wrong, and what to do about it, in sentences. */
  readonly warnings: readonly string[];
}

/** The two parts of the mean KL, in nats: KL = mutual information + aggregate KL (Hoffman & Johnson 2016). */
export interface Information {
  /** I(n; z), at most ln of the number of items. */
  readonly mutual: number;
  /** KL of the posteriors' average from the prior. */
  readonly aggregateKl: number;
  readonly items: number;
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
  const centres = rows(latent.kind === 'codes' ? 0 : latent.size);
  const logVars = rows(latent.kind === 'gaussian' ? latent.size : 0);
  const levelKls = rows(latent.kind === 'ladder' ? latent.levels.length : 0);
  const counts = new Float64Array(latent.kind === 'codes' ? latent.codes : 0);
  const random = createRandom(seed, 'diagnostics');
  for (const batch of itemBatches(items)) {
    throwIfAborted(signal, 'The diagnostics');
    const condition = conditionOf(card, batch);
    const encoded = await model.encoder.encode(batch.images, { condition, signal });
    switch (encoded.kind) {
      case 'gaussian':
        centres.add(encoded.mean);
        logVars.add(encoded.logVar);
        break;
      case 'codes':
        for (const code of encoded.indices.data) (counts[code] as number) += 1;
        break;
      case 'ladder': {
        centres.add(encoded.z);
        // The KL of a level depends on the draws above it: one draw, not the image of ε = 0.
        const options = { condition, signal, seed: random.uint32() };
        const drawn = await model.encoder.encode(batch.images, options);
        if (drawn.kind === 'ladder') levelKls.add(drawn.kl);
        break;
      }
      default:
        centres.add(encoded.z);
    }
  }
  const facts = factsOf();
  const diagnostics = { ...facts, warnings: collapseWarnings(card, facts) };
  return { diagnostics, metrics: diagnosticMetrics(diagnostics, items, seed) };

  function factsOf(): Omit<Diagnostics, 'warnings'> {
    if (latent.kind === 'codes') return { codes: codeUsage(counts) };
    const active = columnVariances(centres).filter((variance) => variance > ACTIVE_VARIANCE);
    const activeUnits = { count: active.length, of: latent.size };
    if (latent.kind === 'ladder') {
      return { activeUnits, klByLevel: Array.from(columnMeans(levelKls)) };
    }
    if (latent.kind !== 'gaussian') return { activeUnits };
    const part = Math.min(informationItems, items.count);
    const mean = centres.first(part);
    const logVar = logVars.first(part);
    const mutual = indexCodeInformation(mean, logVar, random);
    const total = klByDimension(mean, logVar).reduce((sum, kl) => sum + kl, 0);
    return {
      klByDimension: Array.from(klByDimension(centres, logVars)),
      activeUnits,
      information: { mutual, aggregateKl: total - mutual, items: part },
    };
  }
}
