import { checkOptions } from '../errors/check.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { outputOf } from '../run/outputs.ts';
import type { RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { breathe } from '../run/turn.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';
import { ofThisRealm } from '../typed-arrays.ts';
import { type Latents, prepareLatents } from './vectors.ts';

/** A grid of indices, and the vectors that they name. */
export interface CodeGrid {
  /** height · width · dim */
  readonly size: number;
  /** [height, width] */
  readonly grid: readonly [number, number];
  /** Entries of the codebook. */
  readonly codes: number;
  /** Dimensions of one entry. */
  readonly dim: number;
}

/** Entries of the codebook by index: [n, height, width], or n grids one after the other. */
export type Codes = Tensor<'int32'> | Int32Array;

/** Cells after which it is looked whether the event loop should turn. */
const CELLS_IN_ONE_GO = 64;

/** The learned vectors that the indices of a latent of codes stand for. */
export class Codebook {
  readonly #latent: CodeGrid;
  readonly #session: Session;
  #entries: Promise<Float32Array> | undefined;

  constructor(latent: CodeGrid, session: Session) {
    this.#latent = latent;
    this.#session = session;
  }

  /**
   * The vectors of n grids of indices.
   *
   * @returns [n, latentSize]
   * @throws InputError for another size, an empty batch, or an index outside [0, codes)
   */
  async lookup(given: Codes, options: RunOptions = {}): Promise<Tensor<'float32'>> {
    checkOptions(options);
    const { count, values } = codeRows(this.#latent, this.#session, given, options);
    return tensor(await values(0, count), [count, this.#latent.size]);
  }

  /**
   * The entry nearest to each vector, by Euclidean distance; the first of equals.
   *
   * @param vectors n latents, [n, latentSize]
   * @returns n grids of indices
   */
  async nearest(vectors: Latents): Promise<Int32Array> {
    const { codes, dim, size } = this.#latent;
    const { data } = prepareLatents(vectors, size);
    const entries = await this.entries();
    const indices = new Int32Array(data.length / dim);
    for (let cell = 0; cell < indices.length; cell++) {
      if (cell % CELLS_IN_ONE_GO === 0) await breathe();
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

  /** All entries, [codes, dim], read through the graph once: not to be written to. */
  entries(): Promise<Float32Array> {
    const { grid, codes, dim } = this.#latent;
    const cells = grid[0] * grid[1];
    const padded = Int32Array.from(
      { length: Math.ceil(codes / cells) * cells },
      (_, i) => i % codes,
    );
    this.#entries ??= this.lookup(padded).then(
      ({ data }) => data.slice(0, codes * dim),
      (error) => {
        // What failed (a full queue, say) may be tried again.
        this.#entries = undefined;
        throw error;
      },
    );
    return this.#entries;
  }

  /** Frees the session. Idempotent. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

function fitsGrid(dims: readonly number[], [height, width]: readonly [number, number]): boolean {
  const [, ...item] = dims;
  return item.length === 1 ? item[0] === height * width : item.join() === `${height},${width}`;
}

/**
 * n grids of indices, whose vectors, one after the other, are looked up when they are asked for.
 *
 * @throws InputError for another size, or an empty batch; of `values` for an index outside [0, codes); what a run throws
 */
export function codeRows(
  { grid, codes }: CodeGrid,
  session: Session,
  given: Codes,
  options: RunOptions,
) {
  const [height, width] = grid;
  const cells = height * width;
  const indices = ofThisRealm(isTensor(given) ? given.data : given);
  if (!(indices instanceof Int32Array)) {
    throw new InputError('codes', 'an int32 Tensor or Int32Array', describeValue(indices));
  }
  const fits = !isTensor(given) || fitsGrid(given.dims, grid);
  if (!fits || indices.length === 0 || indices.length % cells !== 0) {
    const dims = isTensor(given) ? `dims [${given.dims.join(', ')}] over ` : '';
    throw new InputError(
      'codes',
      `[n, ${height}, ${width}] or n × ${cells} indices`,
      `${dims}${indices.length} indices`,
    );
  }
  const values = async (from: number, to: number) => {
    const data = indices.subarray(from * cells, to * cells);
    const outside = data.findIndex((index) => index < 0 || index >= codes);
    if (outside >= 0) {
      throw new InputError(
        `code ${from * cells + outside}`,
        `an index from 0 to ${codes - 1}`,
        String(data[outside]),
      );
    }
    const dims = [to - from, height, width];
    const outputs = await session.run({ indices: { data, dims, dtype: 'int32' } }, options);
    return outputOf(outputs, 'z_q').data;
  };
  return { count: indices.length / cells, values };
}
