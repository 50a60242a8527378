import { createRandom } from '@latentkit/core';
import type { VectorBlock, VectorInfo } from '@latentkit/data';

/** Helpers of this package's tests. */

export { errorOf, removeTemporaryFolders, temporaryFolder } from '@latentkit/system/for-tests';

/** Of a latent space that is called by the name of its model. */
export function infoOf(model: string, size: number): VectorInfo {
  return { space: model.padEnd(64, '-'), model, size };
}

export function draw(count: number, seed: number): Float32Array {
  return createRandom(seed, 'stores').fillNormal(new Float32Array(count));
}

/** Rows of some ids. */
export function blockOf(ids: readonly string[], vectors: Float32Array): VectorBlock {
  const rows = ids.map((id, i) => ({
    id,
    sha256: `${i}`.repeat(8),
    bytes: 100 + i,
    stamp: `${i}`,
  }));
  return { rows, vectors };
}
