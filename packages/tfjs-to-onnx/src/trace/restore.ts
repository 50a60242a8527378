/** Gives an object its own property back, or takes away the one that was put there. */
export function restore(object: object, key: string, own: PropertyDescriptor | undefined): void {
  if (own === undefined) delete (object as Record<string, unknown>)[key];
  else Object.defineProperty(object, key, own);
}
