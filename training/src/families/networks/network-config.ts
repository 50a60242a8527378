import type { Activation, Architecture } from '../../settings/choices.ts';

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
