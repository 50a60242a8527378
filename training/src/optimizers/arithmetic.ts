/**
 * The arithmetic that an update rule is written in, element by element. A rule that is a function of
 * this interface runs on tensors, is compiled to WebAssembly, or becomes nodes of a graph, always with
 * the same operations in the same order, and so to the same float32 bits.
 */
export interface Arithmetic<T> {
  /** The same number for all elements. */
  constant(value: number): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  sqrt(a: T): T;
}

/** Float32 arithmetic on single numbers: what every other implementation is held against. */
export const float32Arithmetic: Arithmetic<number> = {
  constant: Math.fround,
  add: (a, b) => Math.fround(a + b),
  sub: (a, b) => Math.fround(a - b),
  mul: (a, b) => Math.fround(a * b),
  div: (a, b) => Math.fround(a / b),
  sqrt: (a) => Math.fround(Math.sqrt(a)),
};
