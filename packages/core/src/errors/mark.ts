/**
 * Marks an error as one of a class, under a name that every copy of the package shares: `instanceof`
 * does not know errors of a second version in node_modules, of the CommonJS build beside the ESM one,
 * or of another realm.
 */
export function mark(error: Error, className: string): void {
  Object.defineProperty(error, markerOf(className), {});
}

export function isMarked(value: unknown, className: string): boolean {
  return typeof value === 'object' && value !== null && markerOf(className) in value;
}

function markerOf(className: string): symbol {
  return Symbol.for(`latentkit.error.${className}`);
}
