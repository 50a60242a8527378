/** Reads the name of a typed array's kind off its internal slot: the same in every realm. */
const kindOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

const CONSTRUCTORS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
} as const;

/**
 * A typed array of another realm (a frame, a `vm` context, a test of Jest) copied into one of this
 * realm, which `instanceof` knows here and in native code; any other value as it is.
 */
export function ofThisRealm(value: unknown): unknown {
  const kind = kindOf.call(value);
  if (kind === undefined || !Object.hasOwn(CONSTRUCTORS, kind)) return value;
  const Constructor = CONSTRUCTORS[kind as keyof typeof CONSTRUCTORS];
  return value instanceof Constructor ? value : new Constructor(value as never);
}

/** True for a Float32Array of any realm. */
export function isFloats(value: unknown): value is Float32Array {
  return kindOf.call(value) === 'Float32Array';
}

/** True for a Uint8Array of any realm; a Buffer is one. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOf.call(value) === 'Uint8Array';
}

/** True for memory that threads share, of any realm. */
export function isShared(buffer: unknown): boolean {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}
