export const ARCHITECTURES = ['mlp', 'conv', 'resnet'] as const;
/**
 * Fully connected layers; or around them strided convolutions and their transposes; or those with
 * residual blocks between.
 */
export type Architecture = (typeof ARCHITECTURES)[number];

export const ACTIVATIONS = ['relu', 'elu', 'silu', 'tanh'] as const;
/** What stands between layers: max(0, x); x or eˣ − 1 (Clevert et al. 2016); x · σ(x); tanh x. */
export type Activation = (typeof ACTIVATIONS)[number];

export interface NetworkConfig {
  /** [height, width, channels] of an item. */
  readonly itemShape: readonly [number, number, number];
  readonly architecture: Architecture;
  readonly activation: Activation;
  /** Units of the encoder's dense layers, from the input inwards; the decoder mirrors them. */
  readonly hiddenSizes: readonly number[];
  /** Channels of the encoder's strided convolutions, each halving height and width; the decoder mirrors them. */
  readonly channels: readonly number[];
  /** Residual blocks after each of those convolutions, and before each of the decoder's (resnet). */
  readonly blocks: number;
  /** Number of labels of a conditional model, 0 otherwise: they join at the first dense layer. */
  readonly labels: number;
  /** Whether the encoder sees items less their mean, which it has as a buffer; not by default. */
  readonly centre?: boolean | undefined;
}
