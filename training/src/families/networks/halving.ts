import type { NetworkConfig } from './network-config.ts';

/**
 * Window and stride of the layers that halve height and width, or double them. The window is a multiple
 * of the stride, so that a transposed convolution covers every element equally often and leaves no
 * checkerboard (Odena et al. 2016).
 */
export const HALVING = { kernelSize: 4, strides: 2 } as const;

/** Height or width after `halvings` of those layers. */
export function halved(size: number, halvings: number): number {
  return Math.ceil(size / 2 ** halvings);
}

/** [height, width, channels] of the coarsest grid of a network of convolutions. */
export function coarsestGrid({
  itemShape: [height, width],
  channels,
}: NetworkConfig): [number, number, number] {
  const depth = channels.length;
  return [halved(height, depth), halved(width, depth), channels[depth - 1] as number];
}
