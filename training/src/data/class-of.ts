import { ArgumentError } from '@latentkit/core';
import { checkInteger } from '@latentkit/core/runtime';

/**
 * The number of a class that is given by its name, or by its number, which a text may be too where no class is called so.
 *
 * @param name of what is given, in messages
 * @throws ArgumentError, which lists the classes, for one that is none of them
 */
export function classOf(
  labelNames: readonly string[],
  given: number | string,
  name: string,
): number {
  const named = typeof given === 'string' ? labelNames.indexOf(given) : -1;
  if (named >= 0) return named;
  const label = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof label === 'number') checkInteger(name, label, 0);
  if (typeof label === 'string' || labelNames[label] === undefined) {
    throw new ArgumentError(name, oneOfSeveral(labelNames), given);
  }
  return label;
}

/** The name of a class that is given by its name or its number, as {@link classOf} takes it. */
export function nameOf(labelNames: readonly string[], given: number | string): string {
  return labelNames[classOf(labelNames, given, 'class')] as string;
}

/** The classes there are, by number and name. */
export function oneOfSeveral(labelNames: readonly string[]): string {
  if (labelNames.length === 0) return 'none: the items have no classes';
  return `one of several: ${labelNames.map((name, i) => `${i} (${name})`).join(', ')}`;
}
