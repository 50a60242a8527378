import { createHash } from 'node:crypto';
import { LatentkitError, pictureTarget } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { readArrays } from '../arrays/array-files.ts';
import type { ItemSource } from './item-source.ts';
import { inLayout } from './layout.ts';

/**
 * The items of arrays, which are taken as they are: `12` is the thirteenth of an array, `test/12` that of a
 * part of several.
 *
 * @throws LatentkitError `invalid-data` for damaged files; when it is read, for items of another shape than
 *   the model's
 */
export async function arrayItems(path: string): Promise<ItemSource> {
  const { parts } = await readArrays(path);
  const rows = parts.flatMap(({ part, count, values, labels, itemShape }) => {
    const size = values.length / count;
    return Array.from({ length: count }, (_, i) => {
      const item = values.subarray(i * size, (i + 1) * size);
      const bytes = new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const id = part === undefined ? `${i}` : `${part}/${i}`;
      const label = labels === undefined ? undefined : String(labels[i]);
      const stamp = sha256.slice(0, 16);
      return { id, bytes: bytes.length, stamp, label, sha256, item, itemShape };
    });
  });
  return {
    location: path,
    entries: rows,
    faults: [],
    async *read(card, { wanted, knownSha256, signal }) {
      const { height, width, channels } = pictureTarget(card);
      for (const [index, { sha256, item, itemShape }] of rows.entries()) {
        throwIfAborted(signal, 'Embedding');
        if (!wanted(index)) continue;
        if (itemShape.join() !== `${height},${width},${channels}`) {
          throw new LatentkitError(
            'invalid-data',
            `${path} holds pictures of ${itemShape.join(' × ')}; the model ${card.name} takes ${height} × ${width} × ${channels} (height × width × channels). Arrays are taken as they are: bring them to that shape, or embed pictures.`,
          );
        }
        const known = sha256 === knownSha256(index);
        yield { index, sha256, values: known ? undefined : inLayout(item, card) };
      }
    },
  };
}
