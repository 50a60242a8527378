import type { DataType } from '@tensorflow/tfjs-core';
import { isStatic, type Size, type SymbolicSize } from '../trace/size.ts';
import { Unsupported } from './unsupported.ts';
import type { Value } from './value.ts';
import type { GraphWriter } from './writer.ts';

/** Writes the nodes of one kernel call and returns its output, or its outputs. */
export type Lowering = (call: KernelCall, writer: GraphWriter) => Value | readonly Value[];

/** Lowerings by the name of the tfjs kernel. */
export type KernelTable = Readonly<Record<string, Lowering>>;

/** One kernel call, as a lowering sees it. */
export class KernelCall {
  readonly kernel: string;
  readonly outputs: readonly { shape: readonly Size[]; dtype: DataType }[];
  readonly #inputs: ReadonlyMap<string, Value | readonly Value[]>;
  readonly #attrs: Readonly<Record<string, unknown>>;

  constructor(
    kernel: string,
    inputs: ReadonlyMap<string, Value | readonly Value[]>,
    attrs: Readonly<Record<string, unknown>>,
    outputs: readonly { shape: readonly Size[]; dtype: DataType }[],
  ) {
    this.kernel = kernel;
    this.outputs = outputs;
    this.#inputs = inputs;
    this.#attrs = attrs;
  }

  /** The shape and type of the first output. */
  get shape(): readonly Size[] {
    return (this.outputs[0] as { shape: readonly Size[] }).shape;
  }

  get dtype(): DataType {
    return (this.outputs[0] as { dtype: DataType }).dtype;
  }

  input(name: string): Value {
    const value = this.optional(name);
    if (value === null) throw new Error(`The kernel ${this.kernel} has no input '${name}'.`);
    return value;
  }

  optional(name: string): Value | null {
    const value = this.#inputs.get(name);
    return value === undefined || Array.isArray(value) ? null : (value as Value);
  }

  /** The inputs of a kernel that takes a list. */
  get list(): readonly Value[] {
    return (this.#inputs.get('') ?? []) as readonly Value[];
  }

  get hasBools(): boolean {
    return [...this.#inputs.values()].flat().some(({ dtype }) => dtype === 'bool');
  }

  /** The same call of other values, whose bools are int32. */
  mapped(change: (value: Value) => Value): KernelCall {
    const inputs = [...this.#inputs].map(
      ([name, given]) =>
        [name, Array.isArray(given) ? given.map(change) : change(given as Value)] as const,
    );
    const outputs = this.outputs.map(({ shape, dtype }) => ({
      shape,
      dtype: dtype === 'bool' ? ('int32' as const) : dtype,
    }));
    return new KernelCall(this.kernel, new Map(inputs), this.#attrs, outputs);
  }

  attr(name: string): unknown {
    return this.#attrs[name];
  }

  number(name: string, fallback?: number): number {
    const value = this.#attrs[name] ?? fallback;
    if (typeof value === 'number') return value;
    if (isSymbolic(value)) throw new Unsupported(`its ${name} follows a dynamic dimension`);
    throw new Unsupported(`its ${name} is ${String(value)} instead of a number`);
  }

  boolean(name: string): boolean {
    return Boolean(this.#attrs[name]);
  }

  string(name: string, fallback = ''): string {
    return String(this.#attrs[name] ?? fallback);
  }

  /** A list of numbers; one number stands for itself alone. */
  numbers(name: string): number[] {
    return this.sizes(name).map((size) => {
      if (isStatic(size)) return size;
      throw new Unsupported(`its ${name} follows a dynamic dimension`);
    });
  }

  /** A list of numbers, any of which may follow the dynamic dimensions. */
  sizes(name: string): Size[] {
    const value = this.#attrs[name];
    const list = Array.isArray(value) ? value : [value];
    return list.map((item): Size => {
      if (typeof item === 'number' || isSymbolic(item)) return item;
      throw new Unsupported(`its ${name} is ${String(value)} instead of a list of numbers`);
    });
  }

  /** An axis as a non-negative number; the first where none is given. */
  axis(name: string, rank: number): number {
    const axis = this.number(name, 0);
    return axis < 0 ? axis + rank : axis;
  }

  /** Axes as non-negative numbers; null and an empty list stand for all. */
  axes(name: string, rank: number): number[] {
    const value = this.#attrs[name];
    if (value === undefined || value === null)
      return Array.from({ length: rank }, (_, axis) => axis);
    return this.numbers(name).map((axis) => (axis < 0 ? axis + rank : axis));
  }
}

const isSymbolic = (value: unknown): value is SymbolicSize =>
  typeof value === 'object' && value !== null && 'values' in value && 'formula' in value;
