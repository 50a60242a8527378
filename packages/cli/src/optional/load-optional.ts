import { LatentkitError } from '@latentkit/core';

/**
 * Loads a package of its own, which most who use the command never need.
 *
 * @param what it is, to begin a sentence with
 * @throws LatentkitError `missing-dependency`
 */
export async function loadOptional<T>(
  load: () => Promise<T>,
  name: string,
  what: string,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new LatentkitError(
      'missing-dependency',
      `${what} is a package of its own, which is not installed: npm install ${name}`,
      { cause },
    );
  }
}
