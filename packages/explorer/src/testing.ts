import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@latentkit/core';
import type { ExplorerItems } from './items.ts';

/** Helpers of this package's tests. */

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-explorer-'));
  folders.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** Rows around so many centres that are far apart, in turn: row i belongs to centre i mod `centres`. */
export function blobs(count: number, size: number, centres: number): Float32Array {
  const random = createRandom(7, 'blobs');
  const out = new Float32Array(count * size);
  for (let i = 0; i < out.length; i++) {
    const [row, dimension] = [Math.floor(i / size), i % size];
    const centre = row % centres === dimension ? 20 : 0;
    out[i] = centre + random.normal();
  }
  return out;
}

/** Pictures of 2 × 2 in two classes: dark above in the one, below in the other, each a little different. */
export function fakeItems(count: number): ExplorerItems {
  const random = createRandom(3, 'fake items');
  const values = Float32Array.from({ length: 4 * count }, (_, i) => {
    const [row, below] = [Math.floor(i / 4), i % 4 >= 2];
    return (row % 2 === 0) === below ? 0.8 + 0.2 * random.uniform() : 0.1 * random.uniform();
  });
  return {
    name: 'fakes',
    total: count,
    factorNames: ['light'],
    labelNames: ['above', 'below'],
    async *batches() {
      for (let from = 0; from < count; from += 16) {
        const to = Math.min(count, from + 16);
        const rows = Array.from({ length: to - from }, (_, i) => from + i);
        yield {
          ids: rows.map((row) => `${row}.png`),
          items: values.slice(4 * from, 4 * to),
          labels: rows.map((row) => (row % 2 === 0 ? 'below' : 'above')),
          factors: Float32Array.from(rows, (row) =>
            values.subarray(4 * row, 4 * row + 4).reduce((sum, value) => sum + value),
          ),
        };
      }
    },
  };
}
