import { checkObject } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import type { NamedTensors } from '../run/runner.ts';
import { checkRows, type Tensor } from '../tensor.ts';
import type { CodeGrid } from './codebook.ts';
import type { LatentDefinition } from './definition.ts';
import { LATENT_KINDS, type Latent, type LatentCard, type LatentKind } from './index.ts';
import { vectorsOf } from './vectors.ts';

/**
 * The definition of a kind, by its name: what depends on the kind of a latent is looked up in it. That of a card tells
 * of a prior of its own as well.
 */
export function definitionOf(latent: {
  readonly kind: LatentKind;
  readonly prior?: unknown;
}): LatentDefinition {
  checkKind('latent', latent, 'a latent');
  const definition = LATENT_KINDS[latent.kind];
  // From a mixture a KL has no closed form.
  return latent.prior ? { ...definition, prior: 'mixture', exactKl: false } : definition;
}

export function isLatentKind(kind: unknown): kind is LatentKind {
  return typeof kind === 'string' && Object.hasOwn(LATENT_KINDS, kind);
}

/** Reads a latent off the outputs of an encoder. */
export function latentOf(outputs: NamedTensors, latent: LatentCard): Latent {
  return definitionOf(latent).read(outputs, latent) as Latent;
}

/**
 * The representative of a latent, [n, latentSize]: the posterior mean, the code, the flow's z or the
 * ladder's levels (those of ε = 0 unless a seed was given), or a grid's vectors before quantisation.
 *
 * @throws ArgumentError for what is no latent
 */
export function centre(latent: Latent): Tensor<'float32'> {
  checkKind('latent', latent, 'a latent, as an encoder gives it');
  const z = definitionOf(latent).centre(latent);
  checkRows('latent', z);
  return z;
}

/**
 * Dimensions of each level of a model's latent, topmost first; one level of all of them where it has none.
 *
 * @throws ArgumentError for what is no card
 */
export function levelsOf(card: { readonly latent: LatentCard }): readonly number[] {
  const latent = latentOfCard(card);
  return definitionOf(latent).levels?.(latent) ?? [latent.size];
}

/**
 * The grid of codebook entries that a model's latent is; undefined for a latent of plain vectors.
 *
 * @throws ArgumentError for what is no card
 */
export function gridOf(card: { readonly latent: LatentCard }): CodeGrid | undefined {
  const latent = latentOfCard(card);
  return definitionOf(latent).grid?.(latent);
}

/** @throws ArgumentError for what is no card */
export function latentOfCard(card: { readonly latent: LatentCard }): LatentCard {
  checkObject('card', card, 'a model card');
  checkKind('card.latent', card.latent, 'the latent of a model card');
  return card.latent;
}

function checkKind(argument: string, value: { readonly kind: unknown }, wanted: string): void {
  checkObject(argument, value, wanted);
  if (!isLatentKind(value.kind)) throw new ArgumentError(`${argument}.kind`, wanted, value.kind);
}

/** What {@link centre} gives, read off the outputs of an encoder, of which only one need be there. */
export function centreOf(outputs: NamedTensors, latent: LatentCard): Tensor<'float32'> {
  return vectorsOf(outputs, definitionOf(latent).centreOutput);
}

/**
 * Whether latents can be drawn without an item: from N(0, I), or from a prior of the model's own.
 *
 * @throws ArgumentError for what is no card
 */
export function hasPrior(card: {
  readonly latent: LatentCard;
  readonly graphs: { readonly prior?: unknown };
}): boolean {
  const latent = latentOfCard(card);
  const { graphs } = card;
  checkObject('card.graphs', graphs);
  const { prior } = definitionOf(latent);
  return prior !== 'none' && (prior !== 'learned' || graphs.prior !== undefined);
}
