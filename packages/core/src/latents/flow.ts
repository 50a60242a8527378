import * as v from 'valibot';
import { positiveInteger } from '../plain-schemas.ts';
import { outputOf } from '../run/outputs.ts';
import type { Tensor } from '../tensor.ts';
import { type Draw, type LatentDefinition, latentSize } from './definition.ts';
import { normalLogDensities } from './densities.ts';
import { vectorsOf } from './vectors.ts';

/**
 * A posterior that a normalising flow shapes: z = f(mean + exp(logVar / 2) · ε), where f may depend on x
 * (Rezende & Mohamed 2015). The draw is made inside the encoder; without a seed ε is 0, so that z is
 * the image of the base mean.
 */
export interface FlowLatent {
  readonly kind: 'flow';
  /** [n, latentSize] */
  readonly z: Tensor<'float32'>;
  /** ln q(z|x) of that z, [n] */
  readonly logQ: Tensor<'float32'>;
  /** Mean of the base Gaussian, [n, latentSize] */
  readonly mean: Tensor<'float32'>;
  /** Log-variance of the base Gaussian, [n, latentSize] */
  readonly logVar: Tensor<'float32'>;
}

const schema = v.object({
  kind: v.literal('flow'),
  size: latentSize,
  /** The transformation of the base Gaussian, and how many of it are stacked. */
  flow: v.picklist(['planar', 'iaf', 'coupling']),
  steps: positiveInteger,
});

/** Of the draw that the encoder made. */
function logRatioOf({ z, logQ }: FlowLatent): Float64Array {
  return normalLogDensities(z).map((logP, i) => (logQ.data[i] as number) - logP);
}

export const flow = {
  schema,
  roles: ({ size }) => [
    { graph: 'encoder', side: 'inputs', name: 'eps', size },
    { graph: 'encoder', side: 'outputs', name: 'z', size },
    { graph: 'encoder', side: 'outputs', name: 'mean', size },
    { graph: 'encoder', side: 'outputs', name: 'log_var', size },
    { graph: 'encoder', side: 'outputs', name: 'log_q', size: 1 },
    { graph: 'decoder', side: 'inputs', name: 'z', size },
  ],
  read: (outputs) => ({
    kind: 'flow',
    z: vectorsOf(outputs, 'z'),
    logQ: outputOf(outputs, 'log_q'),
    mean: vectorsOf(outputs, 'mean'),
    logVar: vectorsOf(outputs, 'log_var'),
  }),
  centreOutput: 'z',
  takesNoise: true,
  centre: ({ z }) => z,
  toDecode: ({ z }) => z,
  draw: (latent): Draw<Tensor<'float32'>> => ({ z: latent.z, kl: logRatioOf(latent) }),
  exactKl: false,
  logRatio: logRatioOf,
  prior: 'normal',
  decoderInput: 'z',
  layers: ({ flow, steps }) => ({ flow, steps }),
} as const satisfies LatentDefinition<v.InferOutput<typeof schema>, FlowLatent>;
