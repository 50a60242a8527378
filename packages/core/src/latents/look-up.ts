import { outputOf } from '../run/outputs.ts';
import type { NamedTensors } from '../run/runner.ts';
import type { Tensor } from '../tensor.ts';
import type { LatentDefinition } from './definition.ts';
import { LATENT_KINDS, type Latent, type LatentCard, type LatentKind } from './index.ts';
import { asRows } from './vectors.ts';

/** The definition of a kind, by its name: what depends on the kind of a latent is looked up in it. */
export function definitionOf({ kind }: { readonly kind: LatentKind }): LatentDefinition {
  return LATENT_KINDS[kind];
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
 */
export function centre(latent: Latent): Tensor<'float32'> {
  return definitionOf(latent).centre(latent);
}

/** What {@link centre} gives, read off the outputs of an encoder, of which only one need be there. */
export function centreOf(outputs: NamedTensors, latent: LatentCard): Tensor<'float32'> {
  return asRows(outputOf(outputs, definitionOf(latent).centreOutput));
}

/** Whether latents can be drawn without an item: from N(0, I), or from a prior of the model's own. */
export function hasPrior({
  latent,
  graphs,
}: {
  readonly latent: LatentCard;
  readonly graphs: { readonly prior?: unknown };
}): boolean {
  const { prior } = definitionOf(latent);
  return prior === 'normal' || (prior === 'learned' && graphs.prior !== undefined);
}
