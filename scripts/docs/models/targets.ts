import { gridOf } from '@latentkit/core';
import { type DescribedModel, figureOf } from './read-models.ts';

/** A figure that the project set itself for a model, before it was trained. */
export interface Target {
  /** Its name. */
  readonly model: string;
  /** Name of the figure on the card. */
  readonly metric: string;
  readonly bound: Bound;
  /** Where it was not reached: what it would take. */
  readonly note?: string;
}

type Bound =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  /** Below the same figure of another model, by at least so much. */
  | { readonly below: string; readonly by: number }
  | { readonly above: string }
  /** At least this share of the model's codes. */
  | { readonly shareOfCodes: number };

export const TARGETS: readonly Target[] = [
  { model: 'mnist-vae', metric: 'test loss', bound: { atMost: 105.6 } },
  { model: 'mnist-vae-large', metric: 'test loss', bound: { atMost: 100 } },
  {
    model: 'mnist-vae-binarised',
    metric: 'NLL',
    bound: { atMost: 87 },
    note: 'A longer schedule: train and test loss still agree, and the figures of the literature took 25 times the epochs, in batches of 20: hours instead of minutes.',
  },
  { model: 'mnist-vae-long', metric: 'NLL', bound: { atMost: 86.3 } },
  { model: 'mnist-iwae', metric: 'NLL', bound: { atMost: 85.1 } },
  { model: 'mnist-iwae-two-layers', metric: 'NLL', bound: { atMost: 84.8 } },
  { model: 'mnist-flow-conv', metric: 'NLL', bound: { atMost: 82.8 } },
  { model: 'mnist-flow', metric: 'NLL', bound: { below: 'mnist-vae-binarised', by: 0.5 } },
  { model: 'mnist-hierarchical', metric: 'negative ELBO', bound: { atMost: 84 } },
  { model: 'mnist-vq-vae', metric: 'reconstruction MSE', bound: { atMost: 0.002 } },
  { model: 'mnist-vq-vae', metric: 'codebook perplexity', bound: { shareOfCodes: 0.5 } },
  { model: 'mnist-cvae', metric: 'recognised samples', bound: { atLeast: 98 } },
  { model: 'strokes-beta-vae', metric: 'MIG', bound: { above: 'strokes-vae' } },
];

export interface Verdict {
  readonly target: Target;
  /** The figure on the card; undefined where it was not measured. */
  readonly value: number | undefined;
  /** The target in words. */
  readonly wanted: string;
  /** Undefined where a figure is missing. */
  readonly reached: boolean | undefined;
}

/** How the models stand to the targets; those of models that are not there are left out. */
export function judge(
  models: readonly DescribedModel[],
  targets: readonly Target[] = TARGETS,
): Verdict[] {
  return targets.flatMap((target) => {
    const model = models.find(({ name }) => name === target.model);
    if (!model) return [];
    const value = figureOf(model, target.metric);
    const { wanted, holds } = resolveBound(target, model, models);
    return [{ target, value, wanted, reached: value === undefined ? undefined : holds(value) }];
  });
}

function resolveBound(
  { metric, bound }: Target,
  { card }: DescribedModel,
  models: readonly DescribedModel[],
): { wanted: string; holds: (value: number) => boolean | undefined } {
  const of = (name: string) => {
    const other = models.find((model) => model.name === name);
    return other && figureOf(other, metric);
  };
  if ('atMost' in bound) {
    return { wanted: `≤ ${bound.atMost}`, holds: (value) => value <= bound.atMost };
  }
  if ('atLeast' in bound) {
    return { wanted: `≥ ${bound.atLeast}`, holds: (value) => value >= bound.atLeast };
  }
  if ('shareOfCodes' in bound) {
    const codes = gridOf(card)?.codes;
    const least = codes === undefined ? undefined : bound.shareOfCodes * codes;
    return {
      wanted: `≥ ${least} (${100 * bound.shareOfCodes} % of the codebook)`,
      holds: (value) => (least === undefined ? undefined : value >= least),
    };
  }
  if ('above' in bound) {
    const other = of(bound.above);
    return {
      wanted: `above that of ${bound.above} (${other ?? 'not measured'})`,
      holds: (value) => (other === undefined ? undefined : value > other),
    };
  }
  const other = of(bound.below);
  return {
    wanted: `${bound.by} below that of ${bound.below} (${other ?? 'not measured'})`,
    holds: (value) => (other === undefined ? undefined : value <= other - bound.by),
  };
}
