import type { Random } from '@latentkit/core';
import { kMeans, nearestCentres } from '@latentkit/system';
import type { UpkeepMoment } from './family.ts';
import { assign, type NamedVariable } from './variables.ts';

export interface CodebookBuffers {
  /** [codes, dim] */
  readonly codebook: NamedVariable;
  /** [codes] */
  readonly counts: NamedVariable;
  /** [codes, dim] */
  readonly sums: NamedVariable;
}

/** An entry is dead when it is chosen less often than this share of an even use. */
const DEAD_SHARE = 0.05;

/**
 * Starts a codebook from the k-means of the encoder's vectors, and after an epoch restarts dead
 * entries at vectors of the encoder's (Dhariwal et al. 2020, §3.1): without either, most entries are
 * never chosen and never learn.
 *
 * @param vectors what the encoder says of some items, each of the codebook's dimensions
 */
export async function tendCodebook(
  { codebook, counts, sums }: CodebookBuffers,
  vectors: Float32Array,
  random: Random,
  moment: UpkeepMoment,
): Promise<void> {
  const [codes, dim] = codebook.variable.shape as [number, number];
  const rows = vectors.length / dim;
  if (moment === 'start') {
    const centres = kMeans(vectors, dim, codes, { random });
    setCodebook({ codebook, counts, sums }, centres, new Float32Array(codes).fill(1));
    return;
  }
  const entries = (await codebook.variable.data<'float32'>()).slice();
  if (moment === 'adopted') {
    // An exported model has its entries, and not the averages that they came from: those of its use of these items.
    const use = new Float32Array(codes);
    for (const code of nearestCentres(vectors, dim, entries)) (use[code] as number) += 1;
    setCodebook(
      { codebook, counts, sums },
      entries,
      use.map((count) => Math.max(1, count)),
    );
    return;
  }
  const use = (await counts.variable.data<'float32'>()).slice();
  const even = use.reduce((sum, count) => sum + count, 0) / codes;
  for (let code = 0; code < codes; code++) {
    if ((use[code] as number) >= DEAD_SHARE * even) continue;
    const row = random.integer(rows);
    entries.set(vectors.subarray(row * dim, (row + 1) * dim), code * dim);
    use[code] = even;
  }
  setCodebook({ codebook, counts, sums }, entries, use);
}

function setCodebook(
  { codebook, counts, sums }: CodebookBuffers,
  entries: Float32Array,
  use: Float32Array,
): void {
  const dim = entries.length / use.length;
  assign(codebook.variable, entries);
  assign(counts.variable, use);
  assign(
    sums.variable,
    entries.map((value, i) => value * (use[Math.floor(i / dim)] as number)),
  );
}
