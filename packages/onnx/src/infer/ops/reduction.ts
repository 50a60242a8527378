import { attrInt, attrInts, attrString } from '../../attributes.ts';
import { normalAxis, type Shape, unknownDims } from '../op/dims.ts';
import { type Family, type Inference, knownInts, type Op, tensor } from '../op/op.ts';

/** The axes to reduce, from the attribute or (in newer sets) the second input; null where not known. */
function axesOf(op: Op): number[] | null {
  const attribute = attrInts(op.node, 'axes');
  if (attribute) return attribute;
  return op.has(1) ? (knownInts(op, 1) ?? null) : [];
}

function reduced(op: Op): Shape | null {
  const x = op.shape(0);
  if (!x) return null;
  const keep = attrInt(op.node, 'keepdims', 1) === 1;
  const axes = axesOf(op);
  if (axes === null) return keep ? unknownDims(x.length) : null;
  if (axes.length === 0) {
    if (attrInt(op.node, 'noop_with_empty_axes', 0) === 1) return x;
    return keep ? x.map(() => 1) : [];
  }
  const gone = new Set(axes.map((axis) => normalAxis(axis, x.length)));
  return keep ? x.map((dim, i) => (gone.has(i) ? 1 : dim)) : x.filter((_, i) => !gone.has(i));
}

const reduce: Inference = (op) => [tensor(op.dtype(0), reduced(op))];

const argReduce: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor('int64', null)];
  const gone = normalAxis(attrInt(op.node, 'axis', 0), x.length);
  const keep = attrInt(op.node, 'keepdims', 1) === 1;
  const shape = keep ? x.map((dim, i) => (i === gone ? 1 : dim)) : x.filter((_, i) => i !== gone);
  return [tensor('int64', shape)];
};

/** One loss an item, or their sum or mean; the log-probabilities beside it by request. */
const loss: Inference = (op) => {
  const whole = attrString(op.node, 'reduction', 'mean') !== 'none';
  return [tensor(op.dtype(0), whole ? [] : op.shape(1)), op.type(0)];
};

export const reduction: Family = {
  ...Object.fromEntries(
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'
      .split(' ')
      .map((name) => [name, reduce]),
  ),
  ArgMax: argReduce,
  ArgMin: argReduce,
  NegativeLogLikelihoodLoss: loss,
  SoftmaxCrossEntropyLoss: loss,
};
