import type { Terms } from '../engines/engine.ts';

/** Sums of the terms over items; the mean of batch means would be wrong where the last is smaller. */
export interface TermSums extends Terms {
  readonly items: number;
}

export const NO_TERMS: TermSums = { loss: 0, reconstruction: 0, kl: 0, items: 0 };

/** @param batch means over `items` items */
export function addTerms(sums: TermSums, batch: Terms, items: number): TermSums {
  return {
    loss: sums.loss + batch.loss * items,
    reconstruction: sums.reconstruction + batch.reconstruction * items,
    kl: sums.kl + batch.kl * items,
    items: sums.items + items,
  };
}

export function meanTerms({ loss, reconstruction, kl, items }: TermSums): Terms {
  return { loss: loss / items, reconstruction: reconstruction / items, kl: kl / items };
}
