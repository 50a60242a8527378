import * as layers from '@tensorflow/tfjs-layers';
import type { Activation } from '../../settings/choices.ts';

const { layers: layer } = layers;

export type Symbolic = layers.SymbolicTensor;

/** The tensor that a layer makes of others. */
export const apply = (of: layers.layers.Layer, to: Symbolic | Symbolic[]) =>
  of.apply(to) as Symbolic;

/** Weights start at zero: they are drawn from the run's seed, the same on every backend. */
export const ZEROS = { kernelInitializer: 'zeros' } as const;

/** Activations by the names that tfjs has for them. */
const IN_TFJS = { relu: 'relu', elu: 'elu', silu: 'swish', tanh: 'tanh' } as const;

/** As an option of a layer; `undefined` leaves its output as it is. */
const activated = (activation: Activation | undefined) =>
  activation ? { activation: IN_TFJS[activation] } : {};

export function activate(activation: Activation, of: Symbolic): Symbolic {
  return apply(layer.activation({ activation: IN_TFJS[activation] }), of);
}

export function dense(
  name: string,
  units: number,
  of: Symbolic,
  activation?: Activation,
): Symbolic {
  return apply(layer.dense({ name, units, ...ZEROS, ...activated(activation) }), of);
}

/** Side by side along the last axis; those that are not there are left out. */
export function join(tensors: readonly (Symbolic | undefined)[]): Symbolic {
  const [first, ...rest] = tensors.filter((tensor) => tensor !== undefined);
  return rest.length === 0
    ? (first as Symbolic)
    : apply(layer.concatenate(), [first as Symbolic, ...rest]);
}

export interface ConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  /** Side of the window, in elements. */
  readonly kernelSize: number;
  /** Elements from one window to the next; 1 by default. */
  readonly strides?: number;
  readonly activation?: Activation | undefined;
}

/** A convolution that keeps height and width, or divides them by the stride, rounded up. */
export function convolution(
  { activation, ...options }: ConvolutionOptions,
  of: Symbolic,
): Symbolic {
  return apply(
    layer.conv2d({ padding: 'same', ...options, ...ZEROS, ...activated(activation) }),
    of,
  );
}

/** A transposed convolution, which multiplies height and width by the stride. */
export function transposedConvolution(
  { activation, ...options }: ConvolutionOptions,
  of: Symbolic,
): Symbolic {
  return apply(
    layer.conv2dTranspose({ padding: 'same', ...options, ...ZEROS, ...activated(activation) }),
    of,
  );
}
