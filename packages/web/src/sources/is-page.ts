import { LatentkitError } from '@latentkit/core';

/**
 * True for what begins as a web page does. Servers of single-page apps answer with their page, and status
 * 200, where nothing is; no model file begins so, and of pictures an SVG alone, which is told apart.
 */
export function isPage(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart();
  return /^(?!.*<svg)<(!doctype|html|head|body|\?xml|!--)/is.test(start);
}

export function aPage(address: string, wanted: string): LatentkitError {
  return new LatentkitError(
    'not-found',
    `${address} is a web page, not a ${wanted}: servers of single-page apps answer so where nothing is. Check the address.`,
  );
}
