import { resolve } from 'node:path';

/** Whether something is named by a URL. A scheme has at least two letters: `C:\\` is a drive. */
export function isUrl(address: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(address);
}

/** Whether a server runs the model, `oip+http://host:port/NAME`: as `@latentkit/oip` says, which pages load too. */
export function isServed(model: string): boolean {
  return /^oip\+https?:/i.test(model);
}

/** What names the same from any working folder. */
export function absoluteAddress(address: string): string {
  return isUrl(address) || isServed(address) ? address : resolve(address);
}
