const told = new Set<string>();

/** Says something to the person who made the page, once, in the browser's console. */
export function warnOnce(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  console.warn(`latentkit: ${message}`);
}
