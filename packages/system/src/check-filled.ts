import { ArgumentError } from '@latentkit/core';
import { checkText } from '@latentkit/core/runtime';

/**
 * An empty text is what comes of a variable that is not set, and means something else than was meant: every address of the
 * machine, the folder that the program was started in.
 *
 * @throws ArgumentError for an empty text, and what is no text
 */
export function checkFilled(argument: string, value: unknown, wanted: string): void {
  checkText(argument, value, wanted);
  if (value === '') throw new ArgumentError(argument, wanted, value);
}
