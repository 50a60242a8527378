import * as layers from '@tensorflow/tfjs-layers';
import { HALVING, halved } from './halving.ts';
import { activate, apply, convolution, type Symbolic, transposedConvolution } from './layers.ts';
import type { NetworkConfig } from './network-config.ts';
import { residualBlock } from './residual-block.ts';

/** [n, height, width, channels] → [n, ⌈height / 2^k⌉, ⌈width / 2^k⌉, last channels] for k halvings. */
export function downsample(config: NetworkConfig, image: Symbolic): Symbolic {
  const { channels, activation } = config;
  const residual = config.architecture === 'resnet';
  const grid = channels.reduce((below, filters, i) => {
    const name = `conv_${i + 1}`;
    // Blocks activate what they are given themselves.
    const before = residual && i > 0 ? activate(activation, below) : below;
    const coarser = convolution(
      { name, filters, ...HALVING, activation: residual ? undefined : activation },
      before,
    );
    return blocks(config, i + 1, filters, coarser);
  }, image);
  return residual ? activate(activation, grid) : grid;
}

/** The way back up, from the coarsest grid to an item's [height, width, channels]. */
export function upsample(config: NetworkConfig, grid: Symbolic): Symbolic {
  const { channels, activation, itemShape } = config;
  const residual = config.architecture === 'resnet';
  const levels = [...channels].reverse();
  const full = levels.reduce((above, filters, i) => {
    const features = blocks(config, i + 1, filters, above);
    const finer = levels[i + 1];
    return transposedConvolution(
      {
        name: finer === undefined ? 'output' : `deconv_${i + 1}`,
        filters: finer ?? itemShape[2],
        ...HALVING,
        activation: residual || finer === undefined ? undefined : activation,
      },
      residual ? activate(activation, features) : features,
    );
  }, grid);
  return crop(config, full);
}

function blocks(
  { architecture, blocks, activation }: NetworkConfig,
  level: number,
  filters: number,
  grid: Symbolic,
): Symbolic {
  if (architecture !== 'resnet') return grid;
  return Array.from({ length: blocks }, (_, i) => `block_${level}_${i + 1}`).reduce(
    (below, name) => residualBlock(name, filters, activation, below),
    grid,
  );
}

/** Odd sizes were rounded up on the way down. */
function crop({ itemShape: [height, width], channels }: NetworkConfig, full: Symbolic): Symbolic {
  const surplus = (size: number) => halved(size, channels.length) * 2 ** channels.length - size;
  const [bottom, right] = [surplus(height), surplus(width)];
  if (bottom === 0 && right === 0) return full;
  return apply(
    layers.layers.cropping2D({
      cropping: [
        [0, bottom],
        [0, right],
      ],
    }),
    full,
  );
}
