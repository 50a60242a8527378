import type { ModelCard } from '../card/card.ts';
import { checkItems } from '../errors/check.ts';
import { type AbortSignalLike, InputError } from '../errors/index.ts';
import { isTensor, type Tensor } from '../tensor.ts';
import type { Items } from './batch.ts';

/**
 * Makes pictures items as the card says (docs/pictures.md): [n, …item shape]. What a picture may be, `P`,
 * depends on the runtime: a path, a canvas, a Blob.
 *
 * @throws LatentkitError `invalid-data` for what is no picture, `not-found`; ArgumentError for a model whose
 *   items are no pictures; AbortedError
 */
export type PictureReader<P> = (
  pictures: Iterable<P>,
  card: ModelCard,
  options: { readonly signal?: AbortSignalLike | undefined },
) => Promise<Tensor<'float32'>>;

/** What a model takes: a batch of items, a picture, or several. */
export type Batch<P> = Items | P | Iterable<P>;

/** The items of a batch; pictures are read, where the runtime reads some. */
export function itemsOf<P>(
  batch: Batch<P>,
  card: ModelCard,
  read: PictureReader<P> | undefined,
  signal: AbortSignalLike | undefined,
): Items | Promise<Items> {
  if (!read || isTensor(batch) || ArrayBuffer.isView(batch)) return batch as Items;
  checkItems('items', batch);
  const pictures = isList<P>(batch) ? [...batch] : [batch as P];
  if (!pictures.length) throw new InputError('items', 'pictures', 'none');
  return read(pictures, card, { signal });
}

function isList<P>(batch: unknown): batch is Iterable<P> {
  return typeof batch === 'object' && batch !== null && Symbol.iterator in batch;
}
