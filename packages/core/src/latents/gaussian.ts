import * as v from 'valibot';
import { MixtureSchema } from '../mixture-schema.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { type Draw, type LatentDefinition, latentSize } from './definition.ts';
import { gaussianLogRatio, klsOf } from './densities.ts';
import { checkSampleOptions, type OneDraw, posteriorNoise, type SampleOptions } from './noise.ts';
import { vectorsOf } from './vectors.ts';

/** A diagonal Gaussian posterior q(z|x) = N(mean, diag(exp(logVar))) for each item. */
export interface GaussianLatent {
  readonly kind: 'gaussian';
  /** [n, latentSize] */
  readonly mean: Tensor<'float32'>;
  /** [n, latentSize] */
  readonly logVar: Tensor<'float32'>;
  /** Draws z = mean + temperature · exp(logVar / 2) · ε, ε ~ N(0, I) (Kingma & Welling 2014, §2.4). */
  sample(options: SampleOptions & OneDraw): Tensor<'float32'>;
}

const schema = v.object({
  kind: v.literal('gaussian'),
  size: latentSize,
  /** The prior that was learned with the model, a mixture; N(0, I) where absent. */
  prior: v.optional(MixtureSchema),
});

export const gaussian = {
  schema,
  roles: ({ size }) => [
    { graph: 'encoder', side: 'outputs', name: 'mean', size },
    { graph: 'encoder', side: 'outputs', name: 'log_var', size },
    { graph: 'decoder', side: 'inputs', name: 'z', size },
  ],
  read: (outputs) => gaussianLatent(vectorsOf(outputs, 'mean'), vectorsOf(outputs, 'log_var')),
  centreOutput: 'mean',
  takesNoise: false,
  centre: ({ mean }) => mean,
  toDecode: ({ mean }) => mean,
  draw: (latent, options): Draw<Tensor<'float32'>> => ({
    z: gaussianLatent(latent.mean, latent.logVar).sample(options),
    kl: klsOf(latent.mean, latent.logVar),
  }),
  exactKl: true,
  logRatio: ({ mean, logVar }, z): Float64Array => gaussianLogRatio(z, mean, logVar),
  prior: 'normal',
  decoderInput: 'z',
  moments: ({ mean, logVar }) => ({ mean, logVar }),
} as const satisfies LatentDefinition<v.InferOutput<typeof schema>, GaussianLatent>;

/** A Gaussian posterior from its parameters, both [n, latentSize]. */
export function gaussianLatent(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): GaussianLatent {
  return {
    kind: 'gaussian',
    mean,
    logVar,
    sample(options) {
      checkSampleOptions(options);
      const { seed, temperature = 1, oneDraw } = options;
      const [n = 0, size = 0] = mean.dims;
      const z = posteriorNoise(n, size, { seed, oneDraw }).data;
      for (let i = 0; i < z.length; i++) {
        const deviation = Math.exp((logVar.data[i] as number) / 2);
        z[i] = (mean.data[i] as number) + temperature * deviation * (z[i] as number);
      }
      return tensor(z, mean.dims);
    },
  };
}
