import { attr } from '@latentkit/onnx';
import type { DataType } from '@tensorflow/tfjs-core';
import { isStatic, type Size, sameShape, sameSize, shapeText, sizeSum } from '../trace/size.ts';
import { Unsupported } from './unsupported.ts';
import { uniformNumber, type Value } from './value.ts';
import { type Attributes, type GraphWriter, onnxType } from './writer.ts';

/** The same elements under another shape. */
export function reshape(value: Value, shape: readonly Size[]): Value {
  if (sameShape(value.shape, shape)) return value;
  const { form, dtype } = value;
  if (form.kind === 'uniform') return { ...value, shape };
  if (form.kind === 'expand' && form.base.shape.every((size) => size === 1)) {
    return { shape, dtype, form: { kind: 'expand', base: reshape(form.base, []) } };
  }
  const base = form.kind === 'reshape' ? form.base : value;
  if (sameShape(base.shape, shape)) return base;
  return { shape, dtype, form: { kind: 'reshape', base } };
}

/** A tensor broadcast to a larger shape. */
export function expand(value: Value, shape: readonly Size[]): Value {
  if (sameShape(value.shape, shape)) return value;
  const { form, dtype } = value;
  if (form.kind === 'uniform') return { ...value, shape };
  const base = form.kind === 'expand' ? form.base : value;
  return { shape, dtype, form: { kind: 'expand', base } };
}

/** The shape of an element-wise result. */
export function broadcastShape(shapes: readonly (readonly Size[])[]): Size[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis): Size => {
    let size: Size = 1;
    for (const shape of shapes) {
      const other = shape[axis - rank + shape.length];
      if (other === undefined || other === 1) continue;
      if (size !== 1 && !sameSize(size, other)) {
        throw new Unsupported(`shapes do not broadcast: ${shapes.map(shapeText).join(' and ')}`);
      }
      size = other;
    }
    return size;
  });
}

/** What stands behind a broadcast. */
function smallest(writer: GraphWriter, value: Value): Value {
  if (value.form.kind === 'expand') return value.form.base;
  if (value.form.kind !== 'uniform') return value;
  return writer.uniform(value.form.value, [], value.dtype);
}

/**
 * An element-wise operator with broadcasting. It is applied to the tensors behind broadcasts, and the
 * result is noted as a broadcast in turn; one on a reshaped tensor alone is applied before the reshape.
 */
export function elementwise(
  writer: GraphWriter,
  opType: string,
  values: readonly Value[],
  dtype: DataType = (values[0] as Value).dtype,
  attributes: Attributes = {},
): Value {
  const shape = broadcastShape(values.map((value) => value.shape));
  const reshaped = values.filter((value) => uniformNumber(value) === null);
  const [only] = reshaped;
  if (reshaped.length === 1 && only?.form.kind === 'reshape' && sameShape(only.shape, shape)) {
    const { base } = only.form;
    const operands = values.map((value) =>
      value === only ? base : writer.uniform(uniformNumber(value) as number, [], value.dtype),
    );
    return reshape(elementwise(writer, opType, operands, dtype, attributes), shape);
  }
  const operands = values.map((value) => smallest(writer, value));
  const inner = broadcastShape(operands.map((value) => value.shape));
  return expand(writer.op(opType, operands, inner, dtype, attributes), shape);
}

/** The tensor in another type, with tfjs's rules: to int32 towards zero, to bool by being non-zero. */
export function cast(writer: GraphWriter, value: Value, dtype: DataType): Value {
  if (value.dtype === dtype) return value;
  const number = uniformNumber(value);
  if (number !== null) {
    const converted =
      dtype === 'bool' ? Number(number !== 0) : dtype === 'int32' ? Math.trunc(number) : number;
    return writer.uniform(converted, value.shape, dtype);
  }
  const codes = { float32: 1, int32: 6, bool: 9 } as const;
  const to = codes[onnxType(dtype) as keyof typeof codes];
  return elementwise(writer, 'Cast', [value], dtype, { to: attr.int(to) });
}

export function transpose(
  writer: GraphWriter,
  value: Value,
  permutation: readonly number[],
): Value {
  const shape = permutation.map((axis) => value.shape[axis] as Size);
  if (permutation.every((axis, i) => axis === i)) return value;
  if (value.form.kind === 'uniform') return { ...value, shape };
  // Moving dimensions of size 1 alone keeps the order of the elements.
  const moved = permutation.filter((axis) => value.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number)))
    return reshape(value, shape);
  return writer.op('Transpose', [value], shape, value.dtype, { perm: attr.ints(permutation) });
}

/** Cuts `size` elements from `begin` along each axis; whole axes are left out. */
export function slice(
  g: GraphWriter,
  x: Value,
  begin: readonly Size[],
  size: readonly Size[],
): Value {
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => !sameSize(size[axis] as Size, x.shape[axis] as Size));
  if (axes.length === 0) return x;
  const ends = axes.map((axis): Size => {
    const [from, length] = [begin[axis] as Size, size[axis] as Size];
    const end = sizeSum(from, length);
    // Up to the end, wherever that is.
    return sameSize(end, x.shape[axis] as Size) && !isStatic(end) ? Number.MAX_SAFE_INTEGER : end;
  });
  const input = (sizes: readonly Size[]) => g.shapeTensor(sizes);
  return g.op(
    'Slice',
    [x, input(axes.map((axis) => begin[axis] as Size)), input(ends), g.int64s(axes)],
    size,
    x.dtype,
  );
}

/** Turns the elements along each of these axes around. */
export function reverse(g: GraphWriter, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  const each = (value: number) => g.int64s(axes.map(() => value));
  const inputs = [x, each(-1), each(-Number.MAX_SAFE_INTEGER), g.int64s(axes), each(-1)];
  return g.op('Slice', inputs, x.shape, x.dtype);
}

/**
 * Puts a number around a tensor; the amounts are all starts, then all ends. A zero is written as −0: it
 * is the same number, and ONNX Runtime does not recognise it, which moves padding by 0 into a MaxPool
 * behind it, where padding counts as nothing instead.
 */
export function pad(
  writer: GraphWriter,
  x: Value,
  amounts: readonly number[],
  shape: readonly Size[],
  value = 0,
): Value {
  if (amounts.every((amount) => amount === 0)) return x;
  // ORT pads no bools.
  const padded = x.dtype === 'bool' ? cast(writer, x, 'int32') : x;
  const filler = value === 0 && padded.dtype === 'float32' ? -0 : value;
  const inputs = [padded, writer.int64s(amounts), writer.scalar(filler, padded.dtype)];
  return cast(writer, writer.op('Pad', inputs, shape, padded.dtype), x.dtype);
}
