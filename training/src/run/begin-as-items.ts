import { ArgumentError, createRandom } from '@latentkit/core';
import { readItems, type Split } from '@latentkit/data';
import type { PseudoInputs } from '../families/pseudo-inputs.ts';

/**
 * Begins pseudo-inputs as training items, drawn from the seed without repetition: from alike ones all components would
 * be one for ever.
 *
 * @throws ArgumentError for more of them than there are items
 */
export function beginAsItems(pseudoInputs: PseudoInputs, train: Split, seed: number): void {
  const { count } = pseudoInputs;
  if (count > train.count) {
    throw new ArgumentError(
      'pseudo-inputs',
      `at most ${train.count}, as there are training items, which they begin as`,
      count,
    );
  }
  const random = createRandom(seed, 'pseudo-inputs');
  const order = Uint32Array.from({ length: train.count }, (_, i) => i);
  const rows = Array.from({ length: count }, (_, i) => {
    const at = i + random.integer(train.count - i);
    const chosen = order[at] as number;
    order[at] = order[i] as number;
    return readItems(train, chosen, chosen + 1);
  });
  const size = rows[0]?.length ?? 0;
  const values = new Float32Array(count * size);
  for (const [i, row] of rows.entries()) values.set(row, i * size);
  pseudoInputs.adopt(values);
}
