import { attr } from '@latentkit/onnx';
import { onNumbers } from '../lower/bools.ts';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { cast, elementwise, reshape } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';
import type { Size } from '../trace/size.ts';
import { where } from './binary.ts';

/** ONNX's scatters and nd-gathers take 64-bit positions only. */
const positions = (g: GraphWriter, indices: Value): Value =>
  g.op('Cast', [indices], indices.shape, 'int32', { to: attr.int(7) });

const gather: Lowering = (call, g) => {
  const [x, indices] = [call.input('x'), cast(g, call.input('indices'), 'int32')];
  const axis = call.axis('axis', x.shape.length);
  const batchDims = call.axis('batchDims', indices.shape.length);
  if (batchDims === 0) {
    return g.op('Gather', [x, indices], call.shape, x.dtype, { axis: attr.int(axis) });
  }
  if (batchDims !== axis) {
    throw new Unsupported(`gathering along axis ${axis} with ${batchDims} batch dimensions`);
  }
  const listed = reshape(positions(g, indices), [...indices.shape, 1]);
  return g.op('GatherND', [x, listed], call.shape, x.dtype, { batch_dims: attr.int(batchDims) });
};

/** 1 (or `onValue`) where the position along the last, new axis is the index. */
function hot(g: GraphWriter, indices: Value, depth: number): Value {
  const steps = Array.from({ length: depth }, (_, i) => i);
  const counted = g.named(g.constant(steps, [depth], 'int32', 'positions'), [depth], 'int32');
  const column = reshape(cast(g, indices, 'int32'), [...indices.shape, 1]);
  return elementwise(g, 'Equal', [column, counted], 'bool');
}

const oneHot: Lowering = (call, g) => {
  const is = hot(g, call.input('indices'), call.number('depth'));
  const [on, off] = [call.number('onValue', 1), call.number('offValue', 0)];
  if (on === 1 && off === 0) return cast(g, is, call.dtype);
  return where(g, is, g.scalar(on, call.dtype), g.scalar(off, call.dtype));
};

/** Counts, or weighs, how often each number below `size` occurs: in a vector, or in each row of a matrix. */
const bincount: Lowering = (call, g) => {
  const [x, weights] = [call.input('x'), call.input('weights')];
  const is = cast(g, hot(g, x, call.number('size')), 'float32');
  const weighted = weights.shape.some((size) => size === 0)
    ? is
    : elementwise(g, 'Mul', [is, reshape(cast(g, weights, 'float32'), [...x.shape, 1])]);
  const binary = call.boolean('binaryOutput') && x.shape.length === 2;
  const opType = binary ? 'ReduceMax' : 'ReduceSum';
  const source = binary ? is : weighted;
  const axis = source.shape.length - 2;
  const keepdims = attr.int(0);
  const counts =
    binary && g.opset < 18
      ? g.op(opType, [source], call.shape, 'float32', { axes: attr.ints([axis]), keepdims })
      : g.op(opType, [source, g.int64s([axis])], call.shape, 'float32', { keepdims });
  return cast(g, counts, call.dtype);
};

function adding(g: GraphWriter): string {
  if (g.opset >= 16) return 'add';
  throw new Unsupported('it adds up what is scattered, which needs opset 16 or later');
}

/** Adds rows into zeros at the given positions. */
function scatterAdd(g: GraphWriter, indices: Value, updates: Value, shape: readonly Size[]): Value {
  const reduction = attr.string(adding(g));
  const zeros = g.uniform(0, shape, updates.dtype);
  return g.op('ScatterND', [zeros, positions(g, indices), updates], shape, updates.dtype, {
    reduction,
  });
}

const segmentSum: Lowering = (call, g) => {
  const [x, ids] = [call.input('x'), call.input('segmentIds')];
  return scatterAdd(g, reshape(ids, [...ids.shape, 1]), cast(g, x, call.dtype), call.shape);
};

const topK: Lowering = (call, g) => {
  const x = call.input('x');
  const k = call.number('k');
  // A sorted list would be as good to most, but what picks by place in it would get another number.
  if (call.attr('sorted') === false && k > 1) {
    throw new Unsupported(
      'without sorting, each backend of tfjs has an order of its own: ask for sorted values (the default)',
    );
  }
  const [values, indices] = g.nodes('TopK', [x, g.int64s([k])], 2, {
    sorted: attr.int(1),
  }) as [string, string];
  const [first, second] = call.outputs as [KernelCall, KernelCall];
  return [
    g.named(values, first.shape, x.dtype),
    g.op('Cast', [indices], second.shape, 'int32', { to: attr.int(6) }),
  ];
};

const sparseToDense: Lowering = (call, g) => {
  const indices = call.input('sparseIndices');
  const values = call.input('sparseValues');
  const rank = call.shape.length;
  const rows = indices.shape[0] ?? 1;
  const listed = reshape(positions(g, indices), [rows, rank]);
  const updates =
    values.shape.length === 0
      ? g.op('Expand', [values, g.shapeTensor([rows])], [rows], values.dtype)
      : values;
  const blank = g.op(
    'Expand',
    [call.input('defaultValue'), g.shapeTensor(call.shape)],
    call.shape,
    call.dtype,
  );
  return g.op('ScatterND', [blank, listed, updates], call.shape, call.dtype);
};

const diagonal: Lowering = (call, g) => {
  const x = call.input('x');
  const flat = reshape(x, [x.shape.reduce<number>((n, size) => n * (size as number), 1)]);
  const n = flat.shape[0] as number;
  if (!Number.isFinite(n)) throw new Unsupported('the diagonal is as long as a dynamic dimension');
  const eye = g.constant(
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    [n, n],
    x.dtype === 'int32' ? 'int32' : 'float32',
    'eye',
  );
  const matrix = g.named(eye, [n, n], x.dtype);
  return reshape(elementwise(g, 'Mul', [matrix, flat]), call.shape);
};

/** Kernels that pick, place or count elements by index. */
export const indexing: KernelTable = {
  Bincount: bincount,
  DenseBincount: bincount,
  ...onNumbers({ Diag: diagonal }),
  GatherNd: (call, g) =>
    g.op(
      'GatherND',
      [call.input('params'), positions(g, call.input('indices'))],
      call.shape,
      call.dtype,
    ),
  GatherV2: gather,
  OneHot: oneHot,
  ScatterNd: (call, g) => scatterAdd(g, call.input('indices'), call.input('updates'), call.shape),
  SparseToDense: sparseToDense,
  TensorScatterUpdate: (call, g) =>
    g.op(
      'ScatterND',
      [call.input('tensor'), positions(g, call.input('indices')), call.input('updates')],
      call.shape,
      call.dtype,
    ),
  TopK: topK,
  UnsortedSegmentSum: segmentSum,
};
