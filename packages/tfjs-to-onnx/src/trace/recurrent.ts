import type { Tensor } from '@tensorflow/tfjs-core';

/** What is needed of a recurrent layer of tfjs-layers; its own types keep most of this private. */
export interface RecurrentLayer {
  readonly name: string;
  readonly cell: {
    readonly units: number;
    readonly useBias: boolean;
    readonly kernel: { read(): Tensor };
    readonly recurrentKernel: { read(): Tensor };
    readonly bias?: { read(): Tensor };
    readonly activation: { getClassName(): string };
    readonly recurrentActivation?: { getClassName(): string };
  };
  readonly goBackwards: boolean;
  readonly returnSequences: boolean;
  readonly stateful: boolean;
  getClassName(): string;
}

/** A recurrent layer's call as one kernel. */
export interface RecurrentCall {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

const CLASSES = ['LSTM', 'GRU', 'SimpleRNN'];

/** The prefix of kernels that stand for a whole layer. */
export const LAYER_PREFIX = 'layer:';

/** Activations that ONNX's recurrent operators have, by the class names of tfjs-layers. */
const ACTIVATIONS = new Set([
  'tanh',
  'sigmoid',
  'hardSigmoid',
  'relu',
  'linear',
  'softsign',
  'softplus',
  'elu',
]);

export function isRecurrent(layer: object): layer is RecurrentLayer {
  return 'cell' in layer && 'getClassName' in layer;
}

/**
 * A recurrent layer's call in the form that fits ONNX's operator for it, or null where none does: with a
 * mask, in training, or with an activation that the operators lack. Those are traced step by step.
 */
export function recurrentCall(
  layer: RecurrentLayer,
  inputs: unknown,
  kwargs: unknown,
): RecurrentCall | null {
  const options = (kwargs ?? {}) as Record<string, unknown>;
  const className = layer.getClassName();
  if (!CLASSES.includes(className) || layer.stateful) return null;
  const { cell } = layer;
  const activation = cell.activation.getClassName();
  const recurrent = cell.recurrentActivation?.getClassName() ?? 'tanh';
  const masks = [options['mask']].flat();
  if (masks.some((mask) => mask !== null && mask !== undefined)) return null;
  if (options['training'] === true || options['constants'] != null) return null;
  if (!ACTIVATIONS.has(activation) || !ACTIVATIONS.has(recurrent)) return null;
  const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
  if (Array.isArray(inputs) && inputs.length !== 1) return null;
  const states = (options['initialState'] ?? []) as Tensor[];
  const [h, c] = states;
  return {
    kernel: LAYER_PREFIX + className,
    inputs: {
      x,
      kernel: cell.kernel.read(),
      recurrentKernel: cell.recurrentKernel.read(),
      ...(cell.useBias && cell.bias !== undefined ? { bias: cell.bias.read() } : {}),
      ...(h === undefined ? {} : { h }),
      ...(c === undefined ? {} : { c }),
    },
    attrs: {
      units: cell.units,
      activation,
      recurrentActivation: recurrent,
      goBackwards: layer.goBackwards,
      returnSequences: layer.returnSequences,
    },
  };
}
