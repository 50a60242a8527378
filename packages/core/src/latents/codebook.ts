import type { ModelCard } from '../card/card.ts';
import { InputError } from '../errors/index.ts';
import { outputOf } from '../run/outputs.ts';
import type { RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { type Tensor, tensor } from '../tensor.ts';

type CodesCard = Extract<ModelCard['latent'], { kind: 'codes' }>;

/** The learned vectors that the indices of a latent of codes stand for. */
export class Codebook {
  readonly #latent: CodesCard;
  readonly #session: Session;
  #entries: Promise<Float32Array> | undefined;

  constructor(latent: CodesCard, session: Session) {
    this.#latent = latent;
    this.#session = session;
  }

  /**
   * The vectors of n grids of indices.
   *
   * @returns [n, latentSize]
   * @throws InputError for another size, an empty batch, or an index outside [0, codes)
   */
  async lookup(indices: Int32Array, options: RunOptions = {}): Promise<Tensor<'float32'>> {
    const { grid, codes, size } = this.#latent;
    const [height, width] = grid;
    const cells = height * width;
    if (indices.length === 0 || indices.length % cells !== 0) {
      throw new InputError(
        'codes',
        `[n, ${height}, ${width}] or n × ${cells} indices`,
        `${indices.length} indices`,
      );
    }
    const outside = indices.findIndex((index) => index < 0 || index >= codes);
    if (outside >= 0) {
      throw new InputError(
        `code ${outside}`,
        `an index from 0 to ${codes - 1}`,
        String(indices[outside]),
      );
    }
    const n = indices.length / cells;
    const outputs = await this.#session.run(
      { indices: { data: indices, dims: [n, height, width], dtype: 'int32' } },
      options,
    );
    return tensor(outputOf(outputs, 'z_q').data, [n, size]);
  }

  /**
   * The entry nearest to each vector, by Euclidean distance; the first of equals.
   *
   * @param vectors [n, latentSize]
   * @returns n grids of indices
   */
  async nearest(vectors: Tensor<'float32'>): Promise<Int32Array> {
    const { codes, dim } = this.#latent;
    const entries = await this.#all();
    const { data } = vectors;
    const indices = new Int32Array(data.length / dim);
    for (let cell = 0; cell < indices.length; cell++) {
      let best = Number.POSITIVE_INFINITY;
      for (let code = 0; code < codes; code++) {
        let distance = 0;
        for (let i = 0; i < dim; i++) {
          distance += ((data[cell * dim + i] as number) - (entries[code * dim + i] as number)) ** 2;
        }
        if (distance < best) {
          best = distance;
          indices[cell] = code;
        }
      }
    }
    return indices;
  }

  /** All entries, [codes, dim], read through the graph once. */
  #all(): Promise<Float32Array> {
    const { grid, codes, dim } = this.#latent;
    const cells = grid[0] * grid[1];
    const padded = Int32Array.from(
      { length: Math.ceil(codes / cells) * cells },
      (_, i) => i % codes,
    );
    this.#entries ??= this.lookup(padded).then(({ data }) => data.slice(0, codes * dim));
    return this.#entries;
  }

  /** Frees the session. Idempotent. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
