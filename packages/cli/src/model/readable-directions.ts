import type { Attribute, Direction } from '@latentkit/core';
import { formatPlural } from '@latentkit/system';

/** What a search for directions is worth keeping of, and what its user should hear of it. */
export interface ReadableDirections {
  readonly worth: readonly Direction[];
  readonly warnings: readonly string[];
}

/**
 * The directions that say something of their attribute: with R² of 0 or less the reading does no better on held-out items
 * than their mean, and what it points along is chance. Where only the accuracy is no better than that of the larger class,
 * the direction is kept, with a warning: of rare labels a real one rarely crosses the middle.
 */
export function readableDirections(
  found: readonly Direction[],
  attributes: readonly Attribute[],
): ReadableDirections {
  const worth = found.filter(({ r2 }) => r2 > 0);
  const unreadable = found.filter(({ r2 }) => !(r2 > 0));
  const faint = worth.filter(({ name, accuracy }) => {
    const attribute = attributes.find((one) => one.name === name);
    return accuracy !== undefined && attribute && accuracy <= largerClass(attribute);
  });
  return {
    worth,
    warnings: [
      ...(unreadable.length > 0
        ? [
            `${namesOf(unreadable)} cannot be read off the latents (R² of 0 or less): ${formatPlural(unreadable.length, 'direction')} not worth using. Train a larger latent or longer, or give more labelled items.`,
          ]
        : []),
      ...(faint.length > 0
        ? [
            `${namesOf(faint)} can hardly be read: right no more often than the larger class would be. Look at what edits do before you use ${faint.length === 1 ? 'it' : 'them'}.`,
          ]
        : []),
    ],
  };
}

const namesOf = (directions: readonly Direction[]) =>
  directions.map(({ name }) => `'${name}'`).join(', ');

/** Share of the items that have the commoner of two values. */
function largerClass({ values }: Attribute): number {
  const ones = Array.from(values).filter((value) => value === 1).length / values.length;
  return Math.max(ones, 1 - ones);
}
