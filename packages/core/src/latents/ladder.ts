import * as v from 'valibot';
import { positiveInteger } from '../plain-schemas.ts';
import { outputOf } from '../run/outputs.ts';
import type { Tensor } from '../tensor.ts';
import { type Draw, type LatentDefinition, latentSize } from './definition.ts';
import { rowSums } from './densities.ts';
import { vectorsOf } from './vectors.ts';

/**
 * The levels of a hierarchical model, topmost first, in coordinates in which the prior of every level
 * given those above it is N(0, I): what the decoder takes, and what can be edited level by level.
 */
export interface LadderLatent {
  readonly kind: 'ladder';
  /** All levels one after the other, [n, latentSize] */
  readonly z: Tensor<'float32'>;
  /** KL of each level's posterior from its prior, in nats, [n, levels] */
  readonly kl: Tensor<'float32'>;
  /** Dimensions of each level, topmost first. */
  readonly levels: readonly number[];
}

const schema = v.object({
  kind: v.literal('ladder'),
  size: latentSize,
  /** Dimensions of each level, the topmost (most abstract) first; they sum to `size`. */
  levels: v.pipe(v.array(positiveInteger), v.minLength(2)),
});

export const ladder = {
  schema,
  roles: ({ size, levels }) => [
    { graph: 'encoder', side: 'inputs', name: 'eps', size },
    { graph: 'encoder', side: 'outputs', name: 'z', size },
    { graph: 'encoder', side: 'outputs', name: 'kl', size: levels.length },
    { graph: 'decoder', side: 'inputs', name: 'z', size },
  ],
  issues({ size, levels }) {
    const sum = levels.reduce((total, level) => total + level, 0);
    return sum === size ? [] : [`latent.levels: expected a sum of ${size}, received ${sum}`];
  },
  read: (outputs, { levels }) => ({
    kind: 'ladder',
    z: vectorsOf(outputs, 'z'),
    kl: outputOf(outputs, 'kl'),
    levels,
  }),
  centreOutput: 'z',
  takesNoise: true,
  centre: ({ z }) => z,
  toDecode: ({ z }) => z,
  draw: ({ z, kl }): Draw<Tensor<'float32'>> => ({ z, kl: rowSums(kl) }),
  exactKl: true,
  prior: 'normal',
  decoderInput: 'z',
  levels: ({ levels }) => levels,
  klByLevel: ({ kl }) => kl,
} as const satisfies LatentDefinition<v.InferOutput<typeof schema>, LadderLatent>;
