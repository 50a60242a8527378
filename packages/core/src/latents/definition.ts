import * as v from 'valibot';
import { positiveInteger } from '../plain-schemas.ts';
import type { NamedTensors } from '../run/runner.ts';
import type { DType, Tensor } from '../tensor.ts';
import type { CodeGrid } from './codebook.ts';
import type { OneDraw } from './noise.ts';

/** The layers of a normalising flow. */
export interface FlowLayers {
  readonly flow: 'coupling' | 'iaf' | 'planar';
  readonly steps: number;
}

export type GraphName = 'encoder' | 'decoder' | 'codebook' | 'prior';

/** An input or output that the graphs of a model must have, under a fixed name (docs/model-card.md). */
export interface Role {
  readonly graph: GraphName;
  readonly side: 'inputs' | 'outputs';
  readonly name: string;
  /** Elements an item. */
  readonly size: number;
  /** `'float32'` where it is absent. */
  readonly dtype?: DType | undefined;
}

/** What a decoder is fed: vectors, or the indices of the entries that stand for them. */
export type DecoderFeed = Tensor<'float32'> | Tensor<'int32'>;

export interface DrawOptions extends OneDraw {
  readonly seed: number;
  readonly temperature?: number | undefined;
}

/** A draw from the posterior of each item, and its KL from the prior in nats, [n]. */
export interface Draw<Z extends DecoderFeed = DecoderFeed> {
  readonly z: Z;
  readonly kl: Float64Array;
}

/** What a card says of a latent, whatever its kind. */
export interface LatentSpec {
  readonly kind: string;
  readonly size: number;
}

/**
 * A kind of latent: all that the library knows of it. Adding one means writing one, and a line of
 * the table (index.ts).
 *
 * @template S what the card says of such a latent
 * @template L such a latent, as the encoder gives it
 */
export interface LatentDefinition<
  S extends LatentSpec = LatentSpec,
  L extends { readonly kind: string } = { readonly kind: string },
> {
  /** Its variant of `latent` in the model card. */
  readonly schema: v.GenericSchema<unknown, S>;
  /** What the graphs need beside the items `x` and `mean` and the condition `y`. */
  roles(latent: S, has: { readonly prior: boolean }): readonly Role[];
  /** Numbers of the card that contradict each other; none by default. */
  issues?(latent: S): readonly string[];

  /** Reads it off the outputs of an encoder. */
  read(outputs: NamedTensors, latent: S): L;
  /** The one output that embeddings are read off. */
  readonly centreOutput: string;
  /** Whether the draw is made inside the encoder, from an input `eps` of `latent.size` deviates. */
  readonly takesNoise: boolean;
  /** The representative of each item, [n, latentSize]. */
  centre(latent: L): Tensor<'float32'>;
  /** What decoding without a draw starts from. */
  toDecode(latent: L): DecoderFeed;
  /**
   * One draw from the posterior for the decoder, and the KL of each item from the prior N(0, I) in nats; 0
   * where there is no distribution, or where the prior is over codes and says the KL itself.
   */
  draw(latent: L, options: DrawOptions): Draw;
  /**
   * Whether the KL from the model's prior is computed in closed form, hence never negative, and is no estimate from the
   * draw.
   */
  readonly exactKl: boolean;
  /** Mean and log-variance of each dimension, where the posterior is a diagonal Gaussian. */
  moments?(latent: L): { readonly mean: Tensor<'float32'>; readonly logVar: Tensor<'float32'> };
  /**
   * ln q(z|x) − ln N(z; 0, I) of the draws that {@link LatentDefinition.draw} made of it, [n], where the density is
   * known: draws can then be weighted (Burda et al. 2016).
   */
  logRatio?(latent: L, z: Tensor<'float32'>): Float64Array;
  /** N(0, I), a mixture on the card, a graph of the model's own (where it has one), or none. */
  readonly prior: 'normal' | 'mixture' | 'learned' | 'none';
  /** The decoder's input. */
  readonly decoderInput: string;
  /** For a latent of levels: the dimensions of each, topmost first. */
  levels?(latent: S): readonly number[];
  /** The KL of each level of such a latent, in nats, [n, levels]. */
  klByLevel?(latent: L): Tensor<'float32'>;
  /** For a latent that layers make of a draw: which, and how many. */
  layers?(latent: S): FlowLayers;
  /** For a latent of indices: what they name. */
  grid?(latent: S): CodeGrid;
  /** The indices of such a latent. */
  indices?(latent: L): Tensor<'int32'>;
}

/** Dimensions of a latent. */
export const latentSize = v.pipe(positiveInteger, v.maxValue(2 ** 20));
