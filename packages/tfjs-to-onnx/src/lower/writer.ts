import { type Attribute, attr, type DType, type GraphBuilder } from '@latentkit/onnx';
import type { DataType } from '@tensorflow/tfjs-core';
import {
  type Formula,
  isStatic,
  type Size,
  type SymbolicSize,
  sameShape,
  sameSize,
  symbolOf,
} from '../trace/size.ts';
import { Unsupported } from './unsupported.ts';
import type { Value } from './value.ts';

export type Attributes = Readonly<Record<string, Attribute | undefined>>;

/** The ONNX type that holds a tfjs type. */
export function onnxType(dtype: DataType): DType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Unsupported(`tensors of type ${dtype} have no counterpart in the graph`);
}

/** Where a size can be read. */
interface Source {
  readonly name: string;
  readonly axis: number;
  /** The size in each trace. */
  readonly values: readonly number[];
}

/** `factor · size + offset`, both integers. */
interface Line {
  readonly factor: number;
  readonly offset: number;
}

/** The line on which the values of all traces lie. */
function lineThrough(from: readonly number[], to: readonly number[]): Line | null {
  const [a, b] = [from[0] as number, to[0] as number];
  const other = from.findIndex((value) => value !== a);
  if (other < 0) return null;
  const factor = ((to[other] as number) - b) / ((from[other] as number) - a);
  const offset = b - factor * a;
  const fits =
    Number.isInteger(factor) &&
    factor > 0 &&
    from.every((value, trace) => factor * value + offset === to[trace]);
  return fits ? { factor, offset } : null;
}

/** Writes the nodes of a graph for the kernels' lowerings. */
export class GraphWriter {
  readonly opset: number;
  readonly builder: GraphBuilder;
  /** The layers around the kernel that is being lowered; nodes are named after them. */
  scope = '';
  readonly #constants = new Map<string, string>();
  readonly #sizes = new Map<string, string>();
  /** The one-dimensional constants of 64 bits, by name. */
  readonly #numbers = new Map<string, readonly number[]>();
  readonly #tensors = new WeakMap<Value, string>();
  /** Where a dynamic dimension can be read: a tensor and its axis. */
  readonly #symbols = new Map<string, Source>();
  readonly #sources = new Map<string, Source>();

  readonly #rows = new WeakMap<Value, readonly number[]>();
  readonly #counting = new WeakSet<Value>();

  constructor(builder: GraphBuilder, opset: number) {
    this.builder = builder;
    this.opset = opset;
  }

  /** A tensor of a known shape under a name that the graph has. */
  named(name: string, shape: readonly Size[], dtype: DataType): Value {
    for (const [axis, size] of shape.entries()) {
      if (isStatic(size)) continue;
      const source = { name, axis, values: size.values };
      if (!this.#sources.has(String(size.values))) this.#sources.set(String(size.values), source);
      const symbol = symbolOf(size.formula);
      if (symbol !== null && !this.#symbols.has(symbol)) this.#symbols.set(symbol, source);
    }
    return { shape, dtype, form: { kind: 'named', name } };
  }

  /** Whether a tensor that is written already has a dimension of this size. */
  hasDimension(size: Size): boolean {
    return !isStatic(size) && this.#sources.has(String(size.values));
  }

  uniform(value: number | Formula, shape: readonly Size[], dtype: DataType): Value {
    return { shape, dtype, form: { kind: 'uniform', value } };
  }

  /** A rank-0 constant, to be mixed into element-wise operators. */
  scalar(value: number, dtype: DataType = 'float32'): Value {
    return this.uniform(value, [], dtype);
  }

  /** One node with one output of a known shape. */
  op(
    opType: string,
    inputs: readonly (Value | string)[],
    shape: readonly Size[],
    dtype: DataType,
    attributes: Attributes = {},
  ): Value {
    return this.named(this.node(opType, inputs, attributes), shape, dtype);
  }

  /** One node with one output, by name: for what is not a tfjs tensor, such as shapes. */
  node(opType: string, inputs: readonly (Value | string)[], attributes: Attributes = {}): string {
    const names = inputs.map((input) => (typeof input === 'string' ? input : this.name(input)));
    return this.builder.node(opType, names, attributes, { name: this.wish(opType) });
  }

  /** One node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly (Value | string)[],
    outputs: number,
    attributes: Attributes = {},
  ): string[] {
    const names = inputs.map((input) => (typeof input === 'string' ? input : this.name(input)));
    return this.builder.node(opType, names, attributes, { name: this.wish(opType), outputs });
  }

  wish(suffix: string): string {
    return this.scope === '' ? suffix : `${this.scope}/${suffix}`;
  }

  /** The name of the tensor itself, written now where it was only noted. */
  name(value: Value): string {
    if (value.form.kind === 'named') return value.form.name;
    const known = this.#tensors.get(value);
    if (known !== undefined) return known;
    const name = this.#write(value);
    this.#tensors.set(value, name);
    return name;
  }

  #write(value: Value): string {
    const { form, shape } = value;
    if (form.kind === 'reshape') {
      return this.node('Reshape', [form.base, this.#reshapeTarget(form.base.shape, shape)]);
    }
    const base = form.kind === 'expand' ? this.name(form.base) : this.#uniformTensor(value);
    const baseShape = form.kind === 'expand' ? form.base.shape : [];
    if (sameShape(baseShape, shape)) return base;
    return this.node('Expand', [base, this.shapeTensor(shape)]);
  }

  #uniformTensor(value: Value): string {
    if (value.form.kind !== 'uniform') throw new Error('not uniform');
    if (typeof value.form.value === 'number') {
      return this.constant([value.form.value], [], onnxType(value.dtype));
    }
    return this.#formulaScalar(value.form.value, value.dtype);
  }

  /** Zero keeps a dimension, -1 takes what is left: enough for most shapes with dynamic dimensions. */
  #reshapeTarget(from: readonly Size[], to: readonly Size[]): string {
    let free = to.filter((size) => !isStatic(size)).length;
    let inferred = false;
    const target = to.map((size, axis) => {
      if (isStatic(size)) return size;
      const kept = from[axis];
      if (free > 1 && kept !== undefined && sameSize(kept, size)) {
        free--;
        return 0;
      }
      if (inferred) return null;
      inferred = true;
      return -1;
    });
    const known = target.filter((size) => size !== null);
    return known.length === target.length ? this.int64s(known) : this.shapeTensor(to);
  }

  /** A constant tensor; equal small ones are shared. */
  constant(
    values: readonly number[],
    dims: readonly number[],
    dtype: DType,
    name = 'const',
  ): string {
    const key = `${dtype}[${dims}]${values.map((value) => (Object.is(value, -0) ? '-0' : value))}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const created = this.builder.initializer(name, dtype, values as never, dims);
    this.#constants.set(key, created);
    return created;
  }

  /** A one-dimensional int64 constant: axes, pads, shapes. */
  int64s(values: readonly number[]): string {
    const name = this.constant(values, [values.length], 'int64');
    this.#numbers.set(name, values);
    return name;
  }

  int64(value: number): string {
    return this.constant([value], [], 'int64');
  }

  /** Notes that a value holds one constant row throughout its first dimension. */
  noteConstantRow(value: Value, row: readonly number[]): Value {
    this.#rows.set(value, row);
    return value;
  }

  /** The row that a constant repeats along its first dimension, or null. */
  constantRow(value: Value): readonly number[] | null {
    return this.#rows.get(value) ?? null;
  }

  /** Notes that a value counts 0, 1, 2 … along its only dimension. */
  noteCounting(value: Value): Value {
    this.#counting.add(value);
    return value;
  }

  isCounting(value: Value): boolean {
    return this.#counting.has(value);
  }

  /** A shape as a one-dimensional int64 tensor, computed where it is dynamic. */
  shapeTensor(shape: readonly Size[]): string {
    const fixed = shape.filter(isStatic);
    if (fixed.length === shape.length) return this.int64s(fixed);
    return this.joined(
      shape.map((size) => (isStatic(size) ? this.int64s([size]) : this.sizeTensor(size))),
    );
  }

  /** One-dimensional int64 tensors behind each other; constants beside each other become one. */
  joined(parts: readonly string[]): string {
    const merged: string[] = [];
    let run: number[] = [];
    const flush = () => {
      if (run.length > 0) merged.push(this.int64s(run));
      run = [];
    };
    for (const part of parts) {
      const known = this.#numbers.get(part);
      if (known !== undefined) {
        run.push(...known);
        continue;
      }
      flush();
      merged.push(part);
    }
    flush();
    return merged.length === 1
      ? (merged[0] as string)
      : this.node('Concat', merged, { axis: attr.int(0) });
  }

  /** A size of one element, read from a tensor of the graph: right whatever the trace made of it. */
  dimension(name: string, axis: number): string {
    const key = `dimension ${axis} of ${name}`;
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const created = this.#dimension(name, axis);
    this.#sizes.set(key, created);
    return created;
  }

  /** The remainder of a size of one element. */
  remainder(size: string, divisor: number): string {
    const key = `${size} mod ${divisor}`;
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const created = this.node('Mod', [size, this.int64s([divisor])]);
    this.#sizes.set(key, created);
    return created;
  }

  /** A size as an int64 tensor of one element and one dimension. */
  sizeTensor(size: Size): string {
    if (isStatic(size)) return this.int64s([size]);
    const key = String(size.values);
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const name = size.formula === null ? this.#readSize(size) : this.#formulaSize(size.formula);
    this.#sizes.set(key, name);
    return name;
  }

  /** A size that no formula explains: that of a tensor, or computed from one or two of them. */
  #readSize({ values }: SymbolicSize): string {
    const read = ({ name, axis }: Source) => this.dimension(name, axis);
    const source = this.#sources.get(String(values));
    if (source !== undefined) return read(source);
    // The nearest tensors first: what JavaScript computes, it computes from what is at hand.
    const known = [...this.#sources.values()].reverse();
    for (const one of known) {
      const line = lineThrough(one.values, values);
      if (line !== null) return this.#along(read(one), line);
    }
    for (const [i, one] of known.entries()) {
      for (const other of known.slice(i)) {
        const product = one.values.map((value, trace) => value * (other.values[trace] as number));
        const line = lineThrough(product, values);
        if (line === null) continue;
        return this.#along(this.node('Mul', [read(one), read(other)]), line);
      }
    }
    throw new Unsupported(
      'a size varies in a way that does not follow the dynamic dimensions, nor the sizes of other tensors',
    );
  }

  #along(name: string, { factor, offset }: Line): string {
    const scaled = factor === 1 ? name : this.node('Mul', [name, this.int64s([factor])]);
    return offset === 0 ? scaled : this.node('Add', [scaled, this.int64s([offset])]);
  }

  #dimension(name: string, axis: number): string {
    if (this.opset >= 15) {
      return this.node('Shape', [name], { start: attr.int(axis), end: attr.int(axis + 1) });
    }
    const shape = this.node('Shape', [name]);
    return this.node('Slice', [shape, this.int64s([axis]), this.int64s([axis + 1])]);
  }

  #symbol(name: string): string {
    const key = `symbol ${name}`;
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const source = this.#symbols.get(name);
    if (source === undefined) {
      throw new Unsupported(`the dynamic dimension '${name}' cannot be read from any input`);
    }
    const created = this.#dimension(source.name, source.axis);
    this.#sizes.set(key, created);
    return created;
  }

  #formulaSize({ coefficient, factors, offset }: Formula): string {
    let name = '';
    for (const { symbol, power } of factors) {
      for (let i = 0; i < power; i++) {
        const factor = this.#symbol(symbol);
        name = name === '' ? factor : this.node('Mul', [name, factor]);
      }
    }
    const [numerator, denominator] = fraction(coefficient);
    if (numerator !== 1) name = this.node('Mul', [name, this.int64s([numerator])]);
    if (denominator !== 1) name = this.node('Div', [name, this.int64s([denominator])]);
    if (offset !== 0) name = this.node('Add', [name, this.int64s([Math.round(offset)])]);
    return name;
  }

  #formulaScalar({ coefficient, factors, offset }: Formula, dtype: DataType): string {
    const type = onnxType(dtype);
    const to = attr.int(type === 'int32' ? 6 : 1);
    let name = this.constant([coefficient], [1], type);
    for (const { symbol, power } of factors) {
      const factor = this.node('Cast', [this.#symbol(symbol)], { to });
      for (let i = 0; i < Math.abs(power); i++) {
        name = this.node(power > 0 ? 'Mul' : 'Div', [name, factor]);
      }
    }
    if (offset !== 0) name = this.node('Add', [name, this.constant([offset], [1], type)]);
    return this.node('Reshape', [name, this.int64s([])]);
  }
}

/** A coefficient of sizes as a fraction; sizes are small integers, so the denominator is one too. */
function fraction(coefficient: number): [number, number] {
  for (let denominator = 1; denominator <= 4096; denominator++) {
    const numerator = coefficient * denominator;
    if (Math.abs(numerator - Math.round(numerator)) < 1e-9)
      return [Math.round(numerator), denominator];
  }
  throw new Unsupported(`a size is ${coefficient} times a dynamic dimension`);
}
