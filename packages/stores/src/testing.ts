import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, LatentkitError } from '@latentkit/core';
import type { VectorBlock, VectorInfo } from '@latentkit/data';

/** Helpers of this package's tests. */

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-stores-'));
  folders.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** The LatentkitError that a call ends in. */
export async function errorOf(call: () => unknown): Promise<LatentkitError> {
  try {
    await call();
  } catch (error) {
    if (LatentkitError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('The call did not fail.');
}

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
