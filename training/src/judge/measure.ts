import { ArgumentError, type Autoencoder, gridOf, hasPrior, type WholeCard } from '@latentkit/core';
import { checkCallback, checkOptions, definitionOf } from '@latentkit/core/runtime';
import type { Dataset } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { quoteArgument } from '@latentkit/system';
import { checkDataset } from '../data/check-dataset.ts';
import { classOf } from '../data/class-of.ts';
import type { Binarisation } from '../settings/choices.ts';
import { anomalyAuroc } from './auroc.ts';
import { type Classifier, loadClassifier } from './classifier/classifier.ts';
import { diagnose } from './latents/diagnose.ts';
import type { Diagnostics } from './latents/diagnostics.ts';
import { disentanglement } from './latents/disentanglement.ts';
import { negativeElbo } from './likelihood/elbo.ts';
import { importanceNll } from './likelihood/importance-nll.ts';
import type { Metric } from './metric.ts';
import { reconstructionError } from './reconstruction.ts';
import { generationDistance } from './samples/frechet.ts';
import { recognition } from './samples/recognition.ts';
import { testItems } from './test-items.ts';

export const MEASURES = [
  'elbo',
  'nll',
  'reconstruction',
  'diagnostics',
  'frechet',
  'recognition',
  'disentanglement',
  'anomaly',
] as const;
/** A group of figures of {@link measureModel}. */
export type Measure = (typeof MEASURES)[number];

export interface MeasureOptions {
  /** Grey data as they are loaded; the test items are used. */
  readonly data: Dataset;
  /**
   * What to measure. By default all that applies to the model and the data, but for `nll`, which takes
   * minutes, and `anomaly`, which only means something for a model that was trained without a class.
   */
  readonly which?: readonly Measure[] | undefined;
  /** How likelihoods see the items; by default as the card says that training did. */
  readonly binarisation?: Binarisation | undefined;
  /** The first so many test items; all by default. */
  readonly items?: number | undefined;
  /** Seed of all draws; 0 by default. */
  readonly seed?: number | undefined;
  /** Posterior samples an item for `elbo`; 1 by default. */
  readonly elboSamples?: number | undefined;
  /** Importance samples an item for `nll`; 5000 by default. */
  readonly importanceSamples?: number | undefined;
  /** For `anomaly`: the class that the model was not trained on, by its name or number; by default what the card names, if it does. */
  readonly anomaly?: number | string | undefined;
  /** For `frechet` and `recognition`; by default the one that this package comes with. */
  readonly classifier?: Classifier | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each group. */
  readonly onMeasure?: ((measure: Measure) => void) | undefined;
}

export interface Measurement {
  readonly metrics: readonly Metric[];
  /** Where `diagnostics` was among the groups. */
  readonly diagnostics?: Diagnostics;
  /** What is wrong with the model or with what was asked of it, and what to do about it, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Measures an exported model, from its files alone, on the test items of a data set.
 *
 * @param modelDir a folder that holds model.json and its graphs
 * @throws ArgumentError for a group that does not apply to the model or the data, and as
 *   `loadAutoencoder`
 */
export async function measureModel(
  modelDir: string,
  options: MeasureOptions,
): Promise<Measurement> {
  checkOptions(options, "{ data: await loadDataset('mnist') }");
  checkCallback('onMeasure', options.onMeasure);
  checkDataset(options.data);
  const model = await loadAutoencoder(modelDir, { device: 'cpu' });
  let classifier: Classifier | undefined;
  try {
    const { labelNames } = options.data;
    const anomaly =
      options.anomaly === undefined
        ? leftOutOf(model.card, options.data)
        : classOf(labelNames, options.anomaly, 'anomaly');
    const asked = { ...options, anomaly };
    const groups = groupsFor(model.card, asked);
    if (groups.some((group) => NEEDS_CLASSIFIER.includes(group))) {
      classifier = options.classifier ?? (await loadClassifier());
    }
    return await measureGroups({ modelDir, model, classifier }, groups, asked);
  } finally {
    if (classifier !== options.classifier) await classifier?.dispose();
    await model.dispose();
  }
}

const NEEDS_CLASSIFIER: readonly Measure[] = ['frechet', 'recognition'];

/** What is asked for, the class as a number. */
type Asked = MeasureOptions & { readonly anomaly: number | undefined };

interface Subject {
  readonly modelDir: string;
  readonly model: Autoencoder;
  readonly classifier: Classifier | undefined;
}

async function measureGroups(
  { modelDir, model, classifier }: Subject,
  groups: readonly Measure[],
  options: Asked,
): Promise<Measurement> {
  const { data, items: count, seed, signal } = options;
  const binarisation = options.binarisation ?? model.card.provenance.binarisation;
  const items = testItems(data, { binarisation, items: count });
  const common = { seed, signal };
  let diagnostics: Diagnostics | undefined;
  let importance: readonly string[] = [];
  const measures: Record<Measure, () => Promise<readonly Metric[]>> = {
    elbo: async () => {
      const samples = options.elboSamples;
      return (await negativeElbo(model, items, { ...common, samples })).metrics;
    },
    nll: async () => {
      const samples = options.importanceSamples;
      const found = await importanceNll(modelDir, items, { ...common, samples });
      importance = found.warnings;
      return [found.metric];
    },
    reconstruction: async () => (await reconstructionError(model, items, common)).metrics,
    diagnostics: async () => {
      const found = await diagnose(model, items, common);
      diagnostics = found.diagnostics;
      return found.metrics;
    },
    frechet: async () => {
      const grey = testItems(data, { items: count });
      return [await generationDistance(model, grey, classifier as Classifier, common)];
    },
    recognition: async () => [(await recognition(model, classifier as Classifier, common)).metric],
    disentanglement: async () => (await disentanglement(model, items, common)).metrics,
    anomaly: () => anomalyAuroc(model, items, { ...common, anomaly: options.anomaly as number }),
  };
  const metrics: Metric[] = [];
  for (const group of groups) {
    options.onMeasure?.(group);
    metrics.push(...(await measures[group]()));
  }
  const warnings = [
    ...(groups.includes('anomaly') ? anomalyWarnings(model.card, options) : []),
    ...(diagnostics?.warnings ?? []),
    ...importance,
  ];
  return { metrics, ...(diagnostics ? { diagnostics } : {}), warnings };
}

/** The label of the class that a model was not trained on, where there is one. */
function leftOutOf({ provenance }: WholeCard, { labelNames }: Dataset): number | undefined {
  const label = labelNames.findIndex((name) => provenance.leftOut?.includes(name));
  return label < 0 ? undefined : label;
}

/** A model that was trained on a class does not find it odd. */
function anomalyWarnings({ provenance }: WholeCard, { data, anomaly }: Asked): string[] {
  const name = data.labelNames[anomaly as number];
  if (name === undefined || provenance.leftOut?.includes(name)) return [];
  return [
    `The card does not say that class ${name} was left out of training. A model that saw a class does not ` +
      `find it odd: the AUROC says nothing of anomalies. Train one with --leave-out ${quoteArgument(name)}.`,
  ];
}

/** The groups to measure, in the order of {@link MEASURES}. */
function groupsFor(card: WholeCard, { which, data, anomaly }: Asked): Measure[] {
  const applies = MEASURES.filter((measure) => APPLIES[measure](card, data, anomaly));
  if (!which) return applies.filter((measure) => measure !== 'nll');
  const out = which.find((measure) => !applies.includes(measure));
  if (out !== undefined) {
    throw new ArgumentError(
      'measure',
      `one that applies to ${card.name} (${card.family}) on ${data.name}: ${applies.join(', ')}`,
      out,
    );
  }
  return applies.filter((measure) => which.includes(measure));
}

type Applies = (card: WholeCard, data: Dataset, anomaly: number | undefined) => boolean;

/** What the classifier takes: 28 × 28 grey images. */
const isDigitImage = ({ item }: WholeCard) =>
  item.shape.join() === '28,28,1' && item.range[0] === 0 && item.range[1] === 1;

const APPLIES: Record<Measure, Applies> = {
  elbo: hasPrior,
  nll: ({ latent }) => definitionOf(latent).logRatio !== undefined,
  reconstruction: () => true,
  diagnostics: () => true,
  frechet: (card) => hasPrior(card) && isDigitImage(card),
  recognition: (card) =>
    isDigitImage(card) && card.condition?.labels.join() === '0,1,2,3,4,5,6,7,8,9',
  disentanglement: (card, { test }) =>
    test.factors !== undefined && gridOf(card) === undefined && card.latent.size > 1,
  anomaly: (card, _, anomaly) => hasPrior(card) && anomaly !== undefined,
};
