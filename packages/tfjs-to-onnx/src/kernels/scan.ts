import { attr } from '@latentkit/onnx';
import { onNumbers } from '../lower/bools.ts';
import type { KernelTable, Lowering } from '../lower/call.ts';
import { cast, reshape } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import { isStatic, type Size } from '../trace/size.ts';
import { where } from './binary.ts';
import { reduce } from './reduction.ts';

const cumsum: Lowering = (call, g) => {
  const x = call.input('x');
  const axis = call.axis('axis', x.shape.length);
  return g.op('CumSum', [x, g.int64(axis)], x.shape, x.dtype, {
    exclusive: attr.int(call.boolean('exclusive') ? 1 : 0),
    reverse: attr.int(call.boolean('reverse') ? 1 : 0),
  });
};

/** ONNX has no running product: each place multiplies the elements up to it, the others taken as 1. */
const cumprod: Lowering = (call, g) => {
  const x = call.input('x');
  const axis = call.axis('axis', x.shape.length);
  const n = x.shape[axis] as Size;
  if (!isStatic(n)) throw new Unsupported('a running product over a dynamic dimension');
  const [exclusive, backwards] = [call.boolean('exclusive'), call.boolean('reverse')];
  const counts = (place: number, element: number) => {
    const distance = backwards ? element - place : place - element;
    return exclusive ? distance > 0 : distance >= 0;
  };
  const mask = Array.from({ length: n * n }, (_, i) => Number(counts(Math.floor(i / n), i % n)));
  // [..., place, element, ...]: a new axis before the old one.
  const after = x.shape.slice(axis + 1);
  const shape = [n, n, ...after.map(() => 1)];
  const used = g.named(g.constant(mask, shape, 'bool', 'mask'), shape, 'bool');
  const rows = reshape(x, [...x.shape.slice(0, axis), 1, n, ...after]);
  const factors = where(g, used, rows, g.scalar(1, x.dtype));
  return reduce(g, 'ReduceProd', factors, [axis + 1]);
};

/** Sums of products over named indices: ONNX writes them as tfjs does. */
const einsum: Lowering = (call, g) => {
  const equation = attr.string(call.string('equation').replaceAll(' ', ''));
  const inputs = call.list.map((value) => cast(g, value, 'float32'));
  return cast(g, g.op('Einsum', inputs, call.shape, 'float32', { equation }), call.dtype);
};

/** Kernels that run over an axis, or over named ones. */
export const scan: KernelTable = onNumbers(
  {
    Cumprod: cumprod,
    Cumsum: cumsum,
    Einsum: einsum,
  },
  ['Einsum'],
);
