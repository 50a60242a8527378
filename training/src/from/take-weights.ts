import { LatentkitError, priorOf } from '@latentkit/core';
import { type Dataset, readItems, takeItems } from '@latentkit/data';
import { CENTRE, recentreOn } from '../families/centre.ts';
import type { FamilyModel, LearnedPrior } from '../families/family.ts';
import { readPseudoInputs } from '../families/pseudo-inputs.ts';
import { assign, type NamedVariable } from '../families/variables.ts';
import { goldenGraph, ORDINARY_ROWS } from '../graphs/golden.ts';
import { verifyGraph } from '../graphs/verify.ts';
import type { ResolvedConfig } from '../settings/config.ts';
import type { BaseModel } from './base-model.ts';
import { recoverWeights, valuesByName } from './recover-weights.ts';

/** What rounding may make of a graph whose constants were taken apart and put together. */
const LIMITS = { error: 1e-3, otherIndices: 0.05 };

/**
 * Gives a model the weights of one that was exported, and sees that it computes what those graphs compute.
 *
 * @param model as the configuration builds it
 * @param meanItem of the items that it will learn from
 * @throws LatentkitError `invalid-data` where items or weights do not fit
 */
export async function takeWeights(
  model: FamilyModel,
  base: BaseModel,
  {
    config,
    dataset,
    meanItem,
  }: { config: ResolvedConfig; dataset: Dataset; meanItem: () => Float32Array },
): Promise<void> {
  const { card, bytes, graphs } = base;
  checkItems(base, model, dataset);
  const ofGraphs = (named: NamedVariable) =>
    !/^(likelihood|prior\/pseudo_inputs)/.test(named.name) &&
    !AVERAGES.includes(named.name) &&
    // Where it is in no graph, the export took it into a bias.
    (named.name !== CENTRE || valuesByName(named, graphs) !== undefined);
  const variables = [...model.weights, ...model.buffers];
  const found = await recoverWeights(model, variables.filter(ofGraphs), graphs);
  for (const { name, variable } of variables) {
    assign(variable, found.get(name) ?? new Float32Array(variable.size));
  }
  model.likelihood.adopt(card.likelihood);
  if (model.prior) takePrior(model.prior, base);

  const items = readItems(takeItems(dataset.test, ORDINARY_ROWS));
  for (const graph of model.graphs) {
    const golden = await goldenGraph(graph, items);
    try {
      await verifyGraph(graph.name, bytes.get(graph.name) as Uint8Array, golden, LIMITS);
    } catch (cause) {
      throw new LatentkitError(
        'invalid-data',
        `A model of these settings with the weights of ${card.name} does not compute what ${card.name} does ` +
          `(${graph.name}): an activation or another setting differs. Give the settings that it was trained with.`,
        { cause },
      );
    }
  }
  if (config.centre) recentreOn(model, layersOnItems(config, model), meanItem());
}

/** @throws LatentkitError `invalid-data` for a model that keeps none, or others than its prior was made of */
function takePrior(prior: LearnedPrior, { card, pseudoInputs }: BaseModel): void {
  if (!pseudoInputs) {
    throw new LatentkitError(
      'invalid-data',
      `The card of ${card.name} names no pseudo-inputs, which training goes on from. Take a model that latentkit exported.`,
    );
  }
  readPseudoInputs(prior.pseudoInputs, pseudoInputs);
  const kept = priorOf(card)?.components ?? [];
  const alike = prior.components().every(({ mean, factor }, k) =>
    [mean, factor].every((values, part) =>
      values.every((value, i) => {
        const own = kept[k]?.[part === 0 ? 'mean' : 'factor'][i] as number;
        return Math.abs(value - own) <= LIMITS.error * Math.max(1, Math.abs(own));
      }),
    ),
  );
  if (alike) return;
  throw new LatentkitError(
    'invalid-data',
    `The encoder of ${card.name} does not make the prior on its card of its pseudo-inputs: an activation or another ` +
      'setting differs. Give the settings that it was trained with.',
  );
}

/** What a codebook is kept up by in training; it begins anew with the entries. */
const AVERAGES = ['codebook/counts', 'codebook/sums'];

/** The layers of an encoder that are given the items as they are: a grid of convolutions keeps its centre. */
function layersOnItems(
  { architecture, family, hiddenSizes, levels }: ResolvedConfig,
  { weights }: FamilyModel,
): string[] {
  if (architecture !== 'mlp') return [];
  if (family === 'hierarchical') return [`level_${levels.length}a`];
  if (hiddenSizes.length > 0) return ['hidden_1'];
  return weights.flatMap(({ name }) => /^encoder\/(\w+)\/kernel$/.exec(name)?.[1] ?? []);
}

/** @throws LatentkitError `invalid-data` for items of another shape or range, or other classes */
function checkItems({ card }: BaseModel, { labels }: FamilyModel, dataset: Dataset): void {
  const { item, condition } = card;
  const shapes = [item.shape, dataset.itemShape].map((shape) => shape.join(' × '));
  if (shapes[0] !== shapes[1]) {
    throw new LatentkitError(
      'invalid-data',
      `${card.name} takes items of ${shapes[0]}, and these are of ${shapes[1]}. Bring pictures to its size and ` +
        'colours (--image, --colour), or train a model of their own.',
    );
  }
  if (String(item.range) !== String(dataset.valueRange)) {
    throw new LatentkitError(
      'invalid-data',
      `${card.name} takes values from ${item.range.join(' to ')}, and these go from ${dataset.valueRange.join(' to ')}.`,
    );
  }
  const classes = condition?.labels ?? [];
  const own = labels > 0 ? dataset.labelNames : [];
  if (classes.length !== own.length) {
    throw new LatentkitError(
      'invalid-data',
      `${card.name} is conditioned on ${classes.length} classes, and the data have ${labels}.`,
    );
  }
  // Weights belong to the places of classes.
  if (classes.some((name, i) => name !== own[i])) {
    const [has, given] = [classes, own].map((names) => names.map((name) => `'${name}'`).join(', '));
    throw new LatentkitError(
      'invalid-data',
      `${card.name} is conditioned on the classes ${has}, in this order, and those of the data are ${given}. Name them as ` +
        'they were, or train a model of their own.',
    );
  }
}
