import * as tf from '@tensorflow/tfjs-core';
import { type NamedVariable, zeroVariable } from './variables.ts';

export interface CodePriorConfig {
  readonly codes: number;
  readonly channels: number;
  /** Residual layers after the first. */
  readonly depth: number;
  /** [height, width] of the grid, where each cell of it is to have a bias of its own. */
  readonly cells?: readonly [number, number] | undefined;
}

/** A learned p(c) = ∏ p(cᵢ | c₁ … cᵢ₋₁) over grids of codes in raster order. */
export interface CodePriorNetwork {
  readonly weights: readonly NamedVariable[];
  /** One-hot grids [n, height, width, codes] → logits of each cell given those before it, same shape. */
  logits(oneHot: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

const KERNEL = 3;
/** Numbers that stand for a code; the first convolution is wide, and one-hot codes would make it slow. */
const EMBEDDING = 32;

/**
 * Which taps of a square kernel a cell may see in raster order: those before its own, and with
 * `centre` its own too (masks A and B of van den Oord et al. 2016, §3.4). [size, size, 1, 1].
 */
export function causalMask(size: number, centre: boolean): Float32Array {
  const middle = (size * size - 1) / 2;
  return Float32Array.from({ length: size * size }, (_, tap) =>
    tap < middle || (centre && tap === middle) ? 1 : 0,
  );
}

/**
 * A small PixelCNN (van den Oord et al. 2016): masked convolutions with residual connections. With `cells` it knows
 * where a cell lies, which convolutions that see a few cells around it cannot tell.
 */
export function buildCodePrior({
  codes,
  channels,
  depth,
  cells,
}: CodePriorConfig): CodePriorNetwork {
  const variable = (name: string, ...shape: number[]) => ({
    name: `prior/${name}`,
    variable: zeroVariable(shape),
  });
  const conv = (
    name: string,
    size: number,
    from: number,
    to: number,
    cells: readonly number[] = [],
  ) => ({
    kernel: variable(`${name}/kernel`, size, size, from, to),
    bias: variable(`${name}/bias`, ...cells, to),
  });
  const wide = 2 * KERNEL - 1;
  const embedding = conv('embedding', 1, codes, EMBEDDING);
  const first = conv('first', wide, EMBEDDING, channels, cells);
  const hidden = Array.from({ length: depth }, (_, i) =>
    conv(`hidden_${i + 1}`, KERNEL, channels, channels),
  );
  const last = conv('logits', 1, channels, codes);
  const maskA = tf.keep(tf.tensor4d(causalMask(wide, false), [wide, wide, 1, 1]));
  const maskB = tf.keep(tf.tensor4d(causalMask(KERNEL, true), [KERNEL, KERNEL, 1, 1]));

  const convolve = (
    x: tf.Tensor4D,
    { kernel, bias }: typeof first,
    mask?: tf.Tensor4D,
  ): tf.Tensor4D => {
    const weights = kernel.variable as tf.Tensor as tf.Tensor4D;
    const masked: tf.Tensor4D = mask ? tf.mul(weights, mask) : weights;
    return tf.add(tf.conv2d(x, masked, 1, 'same'), bias.variable);
  };
  return {
    weights: [embedding, first, ...hidden, last].flatMap(({ kernel, bias }) => [kernel, bias]),
    logits(oneHot) {
      let state = convolve(convolve(oneHot, embedding), first, maskA);
      for (const layer of hidden) state = tf.add(state, convolve(tf.relu(state), layer, maskB));
      return convolve(tf.relu(state), last);
    },
    dispose() {
      maskA.dispose();
      maskB.dispose();
      for (const { kernel, bias } of [embedding, first, ...hidden, last]) {
        kernel.variable.dispose();
        bias.variable.dispose();
      }
    },
  };
}

/**
 * −ln p(c) of each grid, in nats: the cross-entropy of every cell's code, summed over the cells.
 *
 * @returns [n]
 */
export function codeCrossEntropy(logits: tf.Tensor4D, oneHot: tf.Tensor4D): tf.Tensor1D {
  const chosen = tf.sum(tf.mul(logits, oneHot), 3);
  return tf.sum<tf.Tensor1D>(tf.sub(tf.logSumExp(logits, 3), chosen), [1, 2]);
}
