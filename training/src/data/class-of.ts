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
  const label = numberOf(labelNames, given);
  if (typeof label === 'number') checkInteger(name, label, 0);
  if (!isClass(labelNames, label)) throw new ArgumentError(name, oneOfSeveral(labelNames), given);
  return label;
}

/** Whether a class is given by its name or its number, as {@link classOf} takes it. */
export function hasClass(labelNames: readonly string[], given: number | string): boolean {
  return isClass(labelNames, numberOf(labelNames, given));
}

function isClass(labelNames: readonly string[], label: number | string): label is number {
  return typeof label === 'number' && labelNames[label] !== undefined;
}

/** The number of a class; what is given where it is no name, and no number as a text. */
function numberOf(labelNames: readonly string[], given: number | string): number | string {
  if (typeof given === 'number') return given;
  const named = labelNames.indexOf(given);
  if (named >= 0) return named;
  return /^\d+$/.test(given) ? Number(given) : given;
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
