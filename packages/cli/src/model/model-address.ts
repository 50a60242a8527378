import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { withoutSecrets } from '@latentkit/system';

/** Whether a model is named by a URL. A scheme has at least two letters: `C:\` is a drive. */
export function isUrl(model: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(model);
}

/** Whether a server runs the model, `oip+http://host:port/NAME`: it decides how, and gives no files. */
export function isServed(model: string): boolean {
  return /^oip\+https?:/i.test(model);
}

/** What names the model from any working folder. */
export function absoluteAddress(model: string): string {
  return isUrl(model) || isServed(model) ? model : resolve(model);
}

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
