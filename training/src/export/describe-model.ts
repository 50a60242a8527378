import { definitionOf, sizeInWords } from '@latentkit/core/runtime';
import { formatPlural } from '@latentkit/system';
import type { FamilyModel } from '../families/family.ts';
import type { ResolvedConfig } from '../settings/config.ts';

const WHAT: Record<FamilyModel['card']['family'], string> = {
  ae: 'A plain autoencoder',
  vae: 'A variational autoencoder',
  'beta-vae': 'A β-variational autoencoder',
  iwae: 'An importance-weighted autoencoder',
  cvae: 'A conditional variational autoencoder',
  hierarchical: 'A hierarchical variational autoencoder',
  flow: 'A variational autoencoder with a normalising-flow posterior',
  'vq-vae': 'A vector-quantised autoencoder',
};

type DescribedConfig = Pick<
  ResolvedConfig,
  | 'architecture'
  | 'blocks'
  | 'hiddenSizes'
  | 'channels'
  | 'gridLevels'
  | 'latentSize'
  | 'lowerLatentSize'
  | 'upperHiddenSizes'
>;

/** A model in two sentences: what it is, and what networks it is made of. */
export function describeModel(
  { card, itemSize, prior }: Pick<FamilyModel, 'card' | 'itemSize' | 'prior'>,
  config: DescribedConfig,
): string {
  const layers = config.lowerLatentSize === undefined ? '' : ' of two stochastic layers';
  const vamp = prior
    ? ` with a VampPrior of ${formatPlural(prior.pseudoInputs.count, 'pseudo-input')}`
    : '';
  return `${WHAT[card.family]}${layers}${vamp} whose latent has ${sizeInWords(card.latent)}. ${describeNetworks(card, itemSize, config)}`;
}

function describeNetworks(
  { latent }: FamilyModel['card'],
  itemSize: number,
  config: DescribedConfig,
): string {
  const { architecture, blocks, hiddenSizes, channels } = config;
  const { lowerLatentSize, upperHiddenSizes, latentSize, gridLevels } = config;
  const residual =
    architecture === 'resnet'
      ? `, ${blocks} residual block${blocks === 1 ? '' : 's'} after each`
      : '';
  const onGrid = gridLevels
    ? `, with ${formatPlural(gridLevels.length, 'level')} of ${gridLevels.join(', ')} channels on their grid`
    : '';
  const convolutions = `Convolutions of ${channels.join(', ')} channels${residual}${onGrid}`;
  const { grid, levels } = definitionOf(latent);
  if (grid) return `${convolutions}; the decoder mirrors them.`;
  // Each level of a ladder is told from the layer of its own.
  const whole = levels ? [] : [latent.size];
  const ends =
    lowerLatentSize === undefined ? whole : [lowerLatentSize, ...upperHiddenSizes, latentSize];
  if (architecture !== 'mlp') {
    const dense = [...hiddenSizes, ...ends].join('-');
    return `${convolutions}, then ${dense} fully connected; the decoder mirrors them.`;
  }
  return `Fully connected, ${[itemSize, ...hiddenSizes, ...ends].join('-')}; the decoder mirrors it.`;
}
