/** The name of an object's class, whatever frame it comes from, and where there are no elements. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isAddress(value: unknown): value is string | URL {
  return typeof value === 'string' || kindOf(value) === 'URL';
}
