/**
 * True for what begins as a web page does. Servers of single-page apps answer with their page, and status
 * 200, where nothing is; no model file begins so.
 */
export function isPage(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart();
  return /^<(!doctype|html|head|body|\?xml|!--)/i.test(start);
}
