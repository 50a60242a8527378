import * as v from 'valibot';
import { positiveInteger } from '../plain-schemas.ts';
import { outputOf } from '../run/outputs.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { type Draw, type LatentDefinition, latentSize } from './definition.ts';
import { asRows } from './vectors.ts';

/** A grid of entries of a learned codebook (van den Oord et al. 2017). */
export interface CodesLatent {
  readonly kind: 'codes';
  /** [n, height, width], each in [0, codes) */
  readonly indices: Tensor<'int32'>;
  /** What the encoder said before it was replaced by the nearest entries, [n, height, width, dim] */
  readonly zE: Tensor<'float32'>;
}

const schema = v.object({
  kind: v.literal('codes'),
  /** height · width · dim */
  size: latentSize,
  /** [height, width] of the grid of codes. */
  grid: v.tuple([positiveInteger, positiveInteger]),
  /** Entries of the codebook. */
  codes: positiveInteger,
  /** Dimensions of one code vector. */
  dim: positiveInteger,
});

export const codes = {
  schema,
  roles({ size, grid, codes }, { prior }) {
    const cells = sizeOf(grid);
    const indices = { name: 'indices', size: cells, dtype: 'int32' } as const;
    return [
      { graph: 'encoder', side: 'outputs', ...indices },
      { graph: 'encoder', side: 'outputs', name: 'z_e', size },
      { graph: 'codebook', side: 'inputs', ...indices },
      { graph: 'codebook', side: 'outputs', name: 'z_q', size },
      { graph: 'decoder', side: 'inputs', name: 'z_q', size },
      ...(prior
        ? ([
            { graph: 'prior', side: 'inputs', ...indices },
            { graph: 'prior', side: 'outputs', name: 'logits', size: cells * codes },
          ] as const)
        : []),
    ];
  },
  issues({ size, grid, dim }) {
    const product = sizeOf(grid) * dim;
    return product === size
      ? []
      : [`latent.size: expected height · width · dim = ${product}, received ${size}`];
  },
  read: (outputs) => ({
    kind: 'codes',
    indices: outputOf(outputs, 'indices', 'int32'),
    zE: outputOf(outputs, 'z_e'),
  }),
  centreOutput: 'z_e',
  takesNoise: false,
  centre: ({ zE }) => asRows(zE),
  toDecode: ({ indices }) => indices,
  draw: ({ indices }): Draw<Tensor<'int32'>> => ({
    z: indices,
    kl: new Float64Array(indices.dims[0] ?? 0),
  }),
  exactKl: false,
  prior: 'learned',
  decoderInput: 'z_q',
  grid: (latent) => latent,
  indices: ({ indices }) => indices,
} as const satisfies LatentDefinition<v.InferOutput<typeof schema>, CodesLatent>;
