import { LatentkitError } from '@latentkit/core';
import { someNames } from '../some-names.ts';
import type { Manifest } from '../vectors/manifest.ts';
import type { ItemSource } from './item-source.ts';
import { partOf } from './part-of.ts';
import { contentStamp } from './rows/condition-stamp.ts';

/** Names that a message lists. */
const SHOWN = 10;

/**
 * The items of a source that a manifest lists, in the order of the source.
 *
 * @throws LatentkitError `invalid-data` for items that the source lacks, or that changed since they were listed
 */
export function listedItems(source: ItemSource, { path, items }: Manifest): ItemSource {
  const listed = new Map(items.map((item) => [item.id, item]));
  const changed: string[] = [];
  const positions = source.entries.flatMap(({ id, bytes, stamp }, position) => {
    const item = listed.get(id);
    if (!item) return [];
    listed.delete(id);
    const same = (item.bytes ?? bytes) === bytes && contentStamp(item.stamp ?? stamp) === stamp;
    if (!same) changed.push(id);
    return [position];
  });
  const absent = [...listed.keys()];
  if (absent.length > 0) {
    throw new LatentkitError(
      'invalid-data',
      `${absent.length} of the ${items.length} items that ${path} lists are not in ${source.location}: ${someNames(absent, SHOWN)}. List them as 'latentkit embed' names them, or bring them back.`,
    );
  }
  if (changed.length > 0) {
    throw new LatentkitError(
      'invalid-data',
      `${changed.length} of the ${items.length} items that ${path} lists have changed in ${source.location} since: ${someNames(changed, SHOWN)}. List them anew.`,
    );
  }
  return partOf(source, positions);
}
