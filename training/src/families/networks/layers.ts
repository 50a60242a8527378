import * as layers from '@tensorflow/tfjs-layers';
import type { Activation } from '../../settings/choices.ts';

const { layers: layer } = layers;

export type Symbolic = layers.SymbolicTensor;

/** The tensor that a layer makes of others. */
export const apply = (of: layers.layers.Layer, to: Symbolic | Symbolic[]) =>
  of.apply(to) as Symbolic;

/** Weights start at zero: they are drawn from the run's seed, the same on every backend. */
export const ZEROS = { kernelInitializer: 'zeros' } as const;

/** Activations by the names that tfjs has for them. Between layers that have a gate themselves stands an ELU. */
const IN_TFJS = { relu: 'relu', elu: 'elu', silu: 'swish', tanh: 'tanh', gated: 'elu' } as const;

/** What a layer is told beside its sizes. */
interface LayerOptions {
  readonly name: string;
  readonly kernelInitializer: 'zeros';
  readonly activation?: (typeof IN_TFJS)[Activation] | 'sigmoid';
}

/**
 * A layer with what follows it.
 *
 * @param activation `undefined` leaves its output as it is; `'gated'` multiplies it by the sigmoid of a second layer
 */
function activated(
  name: string,
  activation: Activation | undefined,
  of: Symbolic,
  make: (options: LayerOptions) => layers.layers.Layer,
): Symbolic {
  if (activation !== 'gated') {
    const told = activation ? { activation: IN_TFJS[activation] } : {};
    return apply(make({ name, ...ZEROS, ...told }), of);
  }
  const value = apply(make({ name, ...ZEROS }), of);
  const gate = apply(make({ name: `${name}_gate`, ...ZEROS, activation: 'sigmoid' }), of);
  return apply(layer.multiply(), [value, gate]);
}

export function activate(activation: Activation, of: Symbolic): Symbolic {
  return apply(layer.activation({ activation: IN_TFJS[activation] }), of);
}

export function dense(
  name: string,
  units: number,
  of: Symbolic,
  activation?: Activation,
): Symbolic {
  return activated(name, activation, of, (options) => layer.dense({ units, ...options }));
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
  { name, activation, ...sizes }: ConvolutionOptions,
  of: Symbolic,
): Symbolic {
  return activated(name, activation, of, (options) =>
    layer.conv2d({ padding: 'same', ...sizes, ...options }),
  );
}

/** A transposed convolution, which multiplies height and width by the stride. */
export function transposedConvolution(
  { name, activation, ...sizes }: ConvolutionOptions,
  of: Symbolic,
): Symbolic {
  return activated(name, activation, of, (options) =>
    layer.conv2dTranspose({ padding: 'same', ...sizes, ...options }),
  );
}
