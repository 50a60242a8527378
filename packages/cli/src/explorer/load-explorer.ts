import { LatentkitError } from '@latentkit/core';

/**
 * The package with the page, which most who use the command never need.
 *
 * @throws LatentkitError `missing-dependency`
 */
export async function loadExplorer(): Promise<typeof import('@latentkit/explorer')> {
  try {
    return await import('@latentkit/explorer');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new LatentkitError(
      'missing-dependency',
      'The explorer is a package of its own, which is not installed: npm install @latentkit/explorer',
      { cause },
    );
  }
}
