import * as tf from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import type { TensorFunction } from '../source/normal-source.ts';
import type { InputSpecs } from '../trace/inputs.ts';
import type { Tolerance } from '../verify/compare.ts';

/** A model around one layer, or the layer as a function, whose export is verified or refused. */
export interface LayerCase {
  /** The layer's name in `tf.layers`, and its other names. */
  readonly layer: string;
  readonly aliases?: readonly string[];
  /** What is special about this case. */
  readonly variant: string;
  readonly model: () => LayersModel | TensorFunction;
  readonly inputs?: InputSpecs;
  readonly tolerance?: Partial<Tolerance>;
  /** What the refusal says, where the layer cannot be exported. */
  readonly refused?: RegExp;
  /** What an ONNX operator must be in the graph. */
  readonly operator?: string;
}

type Applied = SymbolicTensor | SymbolicTensor[];

/** A model of one layer on one input. */
export function single(
  layer: layers.Layer,
  inputShape: (number | null)[],
  dtype: 'float32' | 'int32' = 'float32',
): LayersModel {
  return withWaves(
    sequential({ layers: [layers.inputLayer({ inputShape, dtype, name: 'x' }), layer] }),
  );
}

/** A layer by itself: for those that tfjs-layers cannot put into a model. */
export function alone(layer: layers.Layer): TensorFunction {
  return (x) => layer.apply(x) as tf.Tensor;
}

/** A model of one layer on several inputs. */
export function merged(layer: layers.Layer, ...shapes: number[][]): LayersModel {
  const inputs = shapes.map(
    (shape, i) => layers.input({ shape, name: `x${i}` } as never) as SymbolicTensor,
  );
  return withWaves(model({ inputs, outputs: layer.apply(inputs) as Applied }));
}

/** Replaces all weights by scrambled waves: as varied as random ones, and the same on every run. */
export function withWaves<M extends LayersModel>(target: M): M {
  const values = target.weights.map(({ name, shape }, k) => {
    const size = shape.reduce<number>((product, n) => product * (n as number), 1);
    const wave = (i: number) => {
      const turn = Math.sin(i * 12.9898 + k * 78.233 + 1) * 43758.5453;
      return 2 * (turn - Math.floor(turn)) - 1;
    };
    const positive = name.includes('variance');
    const data = Float32Array.from({ length: size }, (_, i) =>
      positive ? 1.5 + wave(i) : 0.5 * wave(i),
    );
    return tf.tensor(data, shape as number[]);
  });
  target.setWeights(values);
  tf.dispose(values);
  return target;
}
