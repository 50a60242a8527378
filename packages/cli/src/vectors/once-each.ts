import type { SearchableVectors } from '@latentkit/data';

/**
 * How far two vectors of one picture may lie apart, of their length: what machines round otherwise. Under another
 * condition a picture has another vector.
 */
const ROUNDING = 1e-3;

/** Vectors without the rows that are in several files: files of one source that overlap, or one that was named twice. */
export async function onceEach(given: SearchableVectors): Promise<SearchableVectors> {
  const { info, rows, vectors } = given;
  const { size } = info;
  const vectorAt = (at: number) => vectors.subarray(at * size, (at + 1) * size);
  const kept: number[] = [];
  const before = new Map<string, number[]>();
  for (const [at, { id, sha256 }] of rows.entries()) {
    const key = JSON.stringify([id, sha256]);
    const same = before.get(key) ?? [];
    if (same.some((other) => areOne(vectorAt(other), vectorAt(at)))) continue;
    kept.push(at);
    before.set(key, [...same, at]);
  }
  if (kept.length === rows.length) return given;
  const { VectorIndex } = await import('@latentkit/data');
  const left = new Float32Array(kept.length * size);
  for (const [to, at] of kept.entries()) left.set(vectorAt(at), to * size);
  return {
    info: { ...info, count: kept.length },
    rows: kept.map((at) => rows[at] as (typeof rows)[number]),
    vectors: left,
    index: new VectorIndex(left, size),
  };
}

function areOne(a: Float32Array, b: Float32Array): boolean {
  let apart = 0;
  let length = 0;
  for (const [i, value] of a.entries()) {
    apart += (value - (b[i] as number)) ** 2;
    length += value ** 2;
  }
  return apart <= ROUNDING ** 2 * length;
}
