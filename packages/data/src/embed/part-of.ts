import { checkInteger, checkList, checkObject } from '@latentkit/core/runtime';
import type { ItemSource } from './item-source.ts';
import type { PlannedShard } from './shard.ts';

/**
 * Some items of a source as a source of their own, in the order of the whole; reading it passes the others over.
 *
 * @param positions in `source.entries`, ascending
 * @param part which part of which plan they are, where there is one: it is written down with their vectors
 * @throws ArgumentError for no source, or no positions in it
 */
export function partOf(
  source: ItemSource,
  positions: readonly number[],
  part?: PlannedShard,
): ItemSource {
  checkObject('source', source, 'a source of items, as openItems gives it');
  checkList('source.entries', source.entries);
  checkList('positions', positions, 'an array of positions in source.entries');
  for (const position of positions) {
    checkInteger('position', position, 0, source.entries.length - 1);
  }
  const places = new Map(positions.map((position, place) => [position, place]));
  return {
    location: source.location,
    entries: positions.map((position) => source.entries[position] as ItemSource['entries'][number]),
    // Those are no part's more than another's.
    faults: [],
    ...(part ? { part } : {}),
    async *read(card, { wanted, knownSha256, signal }) {
      const items = source.read(card, {
        wanted: (position) => {
          const place = places.get(position);
          return place !== undefined && wanted(place);
        },
        knownSha256: (position) => knownSha256(places.get(position) as number),
        signal,
      });
      for await (const item of items) yield { ...item, index: places.get(item.index) as number };
    },
  };
}
