import { ArgumentError } from '@latentkit/core';
import { isServed, isUrl, withoutSecrets } from '@latentkit/system';

/**
 * For what works on the files of a model.
 *
 * @throws ArgumentError for a URL, before anything is looked for under a path of that name
 */
export function needFiles(...models: readonly string[]): void {
  for (const model of models) {
    if (!isUrl(model) && !isServed(model)) continue;
    throw new ArgumentError(
      'model',
      `a folder of this machine, since its files are needed here${isServed(model) ? ' (a server runs a model, and gives no files)' : ''}`,
      URL.canParse(model) ? withoutSecrets(new URL(model)) : 'a URL',
    );
  }
}
