/** What a message shows of a string, and of the elements and keys of an object. */
const LETTERS = 80;
const ELEMENTS = 8;
/** Arrays within arrays that are shown; what lies deeper is only counted. */
const DEPTH = 2;

/** A short description of any value, for error messages. */
export function describeValue(value: unknown, depth = 0): string {
  if (typeof value === 'string') {
    return value.length > LETTERS
      ? `'${value.slice(0, LETTERS)}…' (${value.length} characters)`
      : `'${value}'`;
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    if (depth === DEPTH) return `an array of ${value.length}`;
    const shown = value.slice(0, ELEMENTS).map((element) => describeValue(element, depth + 1));
    return `[${shown.join(', ')}${value.length > ELEMENTS ? ', …' : ''}]`;
  }
  if (ArrayBuffer.isView(value)) {
    const { length } = value as unknown as { length?: number };
    return `a ${Object.prototype.toString.call(value).slice(8, -1)} of ${length ?? value.byteLength}`;
  }
  if (typeof value === 'object' && value !== null) {
    if ('then' in value && typeof value.then === 'function') return 'a Promise: await it';
    return `an object with ${Object.keys(value).slice(0, ELEMENTS).join(', ') || 'no keys'}`;
  }
  return String(value);
}
