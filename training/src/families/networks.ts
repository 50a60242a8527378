import { sizeOf } from '@latentkit/core';
import * as layers from '@tensorflow/tfjs-layers';
import { Centre } from './centre.ts';

export const ARCHITECTURES = ['mlp', 'conv'] as const;
/** Fully connected layers, or strided convolutions and their transposes around them. */
export type Architecture = (typeof ARCHITECTURES)[number];

export interface NetworkConfig {
  /** [height, width, channels] of an item. */
  readonly itemShape: readonly [number, number, number];
  readonly architecture: Architecture;
  /** Units of the encoder's dense layers, from the input inwards; the decoder mirrors them. */
  readonly hiddenSizes: readonly number[];
  /** Channels of the encoder's strided convolutions, each halving height and width; the decoder mirrors them. */
  readonly channels: readonly number[];
  /** Number of labels of a conditional model, 0 otherwise: they join at the first dense layer. */
  readonly labels: number;
  /** Whether the encoder sees items less their mean, which it has as a buffer; not by default. */
  readonly centre?: boolean | undefined;
}

const { layers: layer } = layers;
type Symbolic = layers.SymbolicTensor;
const apply = (of: layers.layers.Layer, to: Symbolic | Symbolic[]) => of.apply(to) as Symbolic;

/** Weights start at zero: they are drawn from the run's seed, the same on every backend. */
const ZEROS = { kernelInitializer: 'zeros' } as const;
const relu = { ...ZEROS, activation: 'relu' } as const;

function dense(name: string, units: number, of: Symbolic, activation?: 'relu' | 'tanh'): Symbolic {
  return apply(layer.dense({ name, units, ...ZEROS, ...(activation ? { activation } : {}) }), of);
}

function join(tensors: readonly (Symbolic | undefined)[]): Symbolic {
  const [first, ...rest] = tensors.filter((tensor) => tensor !== undefined);
  return rest.length === 0
    ? (first as Symbolic)
    : apply(layer.concatenate(), [first as Symbolic, ...rest]);
}

/** Height and width after `halvings` strided convolutions with `same` padding. */
export function halved(size: number, halvings: number): number {
  return Math.ceil(size / 2 ** halvings);
}

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
  const features =
    config.architecture === 'conv'
      ? apply(
          layer.flatten(),
          downsample(config, apply(layer.reshape({ targetShape: [...config.itemShape] }), items)),
        )
      : items;
  const top = config.hiddenSizes.reduce(
    (below, units, i) => dense(`hidden_${i + 1}`, units, below, 'relu'),
    join([features, y]),
  );
  const outputs = Object.entries(heads).map(([head, size]) => dense(head, size, top));
  return layers.model({ name, inputs: y ? [x, y] : [x], outputs });
}

/** The input of an encoder, x [n, itemSize], and what its first layer is given of it. */
export function itemInput({ itemShape, centre }: NetworkConfig): readonly [Symbolic, Symbolic] {
  const x = layers.input({ shape: [sizeOf(itemShape)], name: 'x' });
  return [x, centre ? apply(new Centre(), x) : x];
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
    .reduce((below, units, i) => dense(`hidden_${i + 1}`, units, below, 'relu'), join([z, y]));
  return layers.model({ name, inputs: y ? [z, y] : [z], outputs: itemHead(config, top) });
}

/** From features [n, …] to the likelihood's parameter [n, itemSize]. */
export function itemHead(config: NetworkConfig, features: Symbolic): Symbolic {
  const [height, width] = config.itemShape;
  if (config.architecture === 'mlp') return dense('output', sizeOf(config.itemShape), features);
  const depth = config.channels.length;
  const coarse = [
    halved(height, depth),
    halved(width, depth),
    config.channels[depth - 1] as number,
  ];
  const grid = apply(
    layer.reshape({ targetShape: coarse }),
    dense('grid', sizeOf(coarse), features, 'relu'),
  );
  return apply(layer.flatten(), upsample(config, grid));
}

/** [n, height, width, channels] → [n, ⌈height / 2^k⌉, ⌈width / 2^k⌉, last channels] for k convolutions. */
export function downsample({ channels }: NetworkConfig, grid: Symbolic): Symbolic {
  return channels.reduce(
    (below, filters, i) =>
      apply(
        layer.conv2d({
          name: `conv_${i + 1}`,
          filters,
          kernelSize: 4,
          strides: 2,
          padding: 'same',
          ...relu,
        }),
        below,
      ),
    grid,
  );
}

/** The way back up: transposed convolutions to the item's height, width and channels. */
export function upsample({ channels, itemShape }: NetworkConfig, grid: Symbolic): Symbolic {
  const [height, width, itemChannels] = itemShape;
  const widths = [...channels].reverse().slice(1);
  const inner = widths.reduce(
    (below, filters, i) =>
      apply(
        layer.conv2dTranspose({
          name: `deconv_${i + 1}`,
          filters,
          kernelSize: 4,
          strides: 2,
          padding: 'same',
          ...relu,
        }),
        below,
      ),
    grid,
  );
  const full = apply(
    layer.conv2dTranspose({
      name: 'output',
      filters: itemChannels,
      kernelSize: 4,
      strides: 2,
      padding: 'same',
      ...ZEROS,
    }),
    inner,
  );
  // Odd sizes were rounded up on the way down.
  const surplus = (size: number) => halved(size, channels.length) * 2 ** channels.length - size;
  const [bottom, right] = [surplus(height), surplus(width)];
  if (bottom === 0 && right === 0) return full;
  return apply(
    layer.cropping2D({
      cropping: [
        [0, bottom],
        [0, right],
      ],
    }),
    full,
  );
}
