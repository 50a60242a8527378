import * as layers from '@tensorflow/tfjs-layers';
import type { Activation } from '../../settings/choices.ts';
import { activate, apply, convolution, type Symbolic } from './layers.ts';

/** The layer that ends a block's branch has this at the end of its name. */
const BRANCH_END = '_end';

/**
 * x + conv(act(conv(act(x)))), with windows of 3 × 3: a block with its activations first (He et al. 2016,
 * "Identity mappings in deep residual networks", §4) and without normalisation. With gates the branch ends in one:
 * x + a · σ(b), where a and b are such convolutions (van den Oord et al. 2016, "Conditional image generation with
 * PixelCNN decoders", §2.1).
 */
export function residualBlock(
  name: string,
  filters: number,
  activation: Activation,
  of: Symbolic,
): Symbolic {
  const gated = activation === 'gated';
  const first = convolution(
    { name: `${name}_begin`, filters, kernelSize: 3, activation: gated ? 'elu' : activation },
    activate(activation, of),
  );
  const branch = convolution(
    {
      name: `${name}${BRANCH_END}`,
      filters,
      kernelSize: 3,
      activation: gated ? activation : undefined,
    },
    first,
  );
  return apply(layers.layers.add(), [of, branch]);
}

/**
 * Whether a weight starts at zero, so that its block starts as the identity: what normalisation is for in
 * other residual networks (Zhang et al. 2019, "Fixup initialization", §3).
 *
 * @param name of a weight: `encoder/block_1_1_end/kernel`
 */
export function startsAtZero(name: string): boolean {
  return name.endsWith(`${BRANCH_END}/kernel`);
}
