import { sizeOf } from '@latentkit/core';
import * as layers from '@tensorflow/tfjs-layers';
import type { Activation } from '../../settings/choices.ts';
import { Centre } from '../centre.ts';
import { downsample, upsample } from './grids.ts';
import { coarsestGrid } from './halving.ts';
import { apply, dense, join, type Symbolic } from './layers.ts';
import type { NetworkConfig } from './network-config.ts';

const { layers: layer } = layers;

/**
 * x [n, itemSize] (and y [n, labels]) → the heads, each [n, size], in the order of `heads`.
 * Items stay flat at the border: the exported graph then has one form whatever is inside.
 */
export function encoderNetwork(
  config: NetworkConfig,
  heads: Readonly<Record<string, number>>,
  name = 'encoder',
): layers.LayersModel {
  const [x, items] = itemInput(config);
  const y = config.labels > 0 ? layers.input({ shape: [config.labels], name: 'y' }) : undefined;
  const top = config.hiddenSizes.reduce(
    (below, units, i) => dense(`hidden_${i + 1}`, units, below, config.activation),
    join([itemFeatures(config, items), y]),
  );
  const outputs = Object.entries(heads).map(([head, size]) => dense(head, size, top));
  return layers.model({ name, inputs: y ? [x, y] : [x], outputs });
}

/** The input of an encoder, x [n, itemSize], and what its first layer is given of it. */
export function itemInput({ itemShape, centre }: NetworkConfig): readonly [Symbolic, Symbolic] {
  const x = layers.input({ shape: [sizeOf(itemShape)], name: 'x' });
  return [x, centre ? apply(new Centre(), x) : x];
}

/** What the dense layers of an encoder are given of items [n, itemSize]: the items, or a flat coarse grid. */
export function itemFeatures(config: NetworkConfig, items: Symbolic): Symbolic {
  if (config.architecture === 'mlp') return items;
  return apply(layer.flatten(), downsample(config, itemImage(config, items)));
}

/** [n, itemSize] → [n, height, width, channels] */
export function itemImage({ itemShape }: NetworkConfig, items: Symbolic): Symbolic {
  return apply(layer.reshape({ targetShape: [...itemShape] }), items);
}

/** z [n, latentSize] (and y [n, labels]) → the likelihood's parameter [n, itemSize]. */
export function decoderNetwork(
  config: NetworkConfig,
  latentSize: number,
  name = 'decoder',
): layers.LayersModel {
  const z = layers.input({ shape: [latentSize], name: 'z' });
  const y = config.labels > 0 ? layers.input({ shape: [config.labels], name: 'y' }) : undefined;
  const top = [...config.hiddenSizes]
    .reverse()
    .reduce(
      (below, units, i) => dense(`hidden_${i + 1}`, units, below, config.activation),
      join([z, y]),
    );
  return layers.model({ name, inputs: y ? [z, y] : [z], outputs: itemHead(config, top) });
}

/** From features [n, …] to the likelihood's parameter [n, itemSize]. */
export function itemHead(config: NetworkConfig, features: Symbolic): Symbolic {
  const { architecture, activation } = config;
  if (architecture === 'mlp') return dense('output', sizeOf(config.itemShape), features);
  const grid = coarseGrid(config, features, architecture === 'conv' ? activation : undefined);
  return apply(layer.flatten(), upsample(config, grid));
}

/** From features [n, …] to the coarsest grid [n, height, width, channels]. */
export function coarseGrid(
  config: NetworkConfig,
  features: Symbolic,
  activation?: Activation,
): Symbolic {
  const coarse = coarsestGrid(config);
  return apply(
    layer.reshape({ targetShape: coarse }),
    dense('grid', sizeOf(coarse), features, activation),
  );
}
