import * as v from 'valibot';
import type { Tensor } from '../tensor.ts';
import { type Draw, type LatentDefinition, latentSize } from './definition.ts';
import { vectorsOf } from './vectors.ts';

/** A single code z for each item, from a deterministic encoder. */
export interface PointLatent {
  readonly kind: 'point';
  /** [n, latentSize] */
  readonly z: Tensor<'float32'>;
}

const schema = v.object({ kind: v.literal('point'), size: latentSize });

export const point = {
  schema,
  roles: ({ size }) => [
    { graph: 'encoder', side: 'outputs', name: 'z', size },
    { graph: 'decoder', side: 'inputs', name: 'z', size },
  ],
  read: (outputs) => ({ kind: 'point', z: vectorsOf(outputs, 'z') }),
  centreOutput: 'z',
  takesNoise: false,
  centre: ({ z }) => z,
  toDecode: ({ z }) => z,
  draw: ({ z }): Draw<Tensor<'float32'>> => ({ z, kl: new Float64Array(z.dims[0] ?? 0) }),
  exactKl: false,
  prior: 'none',
  decoderInput: 'z',
} as const satisfies LatentDefinition<v.InferOutput<typeof schema>, PointLatent>;
