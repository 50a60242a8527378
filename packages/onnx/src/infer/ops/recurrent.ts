import { attrInt, attrString } from '../../attributes.ts';
import type { Dim } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';
import { shapeMismatch } from '../op/dims.ts';
import { type Family, type Inference, tensor } from '../op/op.ts';

/**
 * RNN, GRU and LSTM: X [steps, batch, size] (or batch first, by `layout`) to all states
 * [steps, directions, batch, hidden] and the last ones [directions, batch, hidden].
 */
const recurrent: Inference = (op) => {
  const dtype = op.dtype(0);
  const x = op.shape(0);
  if (x && x.length !== 3) {
    throw shapeMismatch(`${op.node.opType} takes 3 dimensions, got ${printShape(x)}.`);
  }
  const directions = attrString(op.node, 'direction') === 'bidirectional' ? 2 : 1;
  const hidden: Dim = attrInt(op.node, 'hidden_size') ?? op.shape(2)?.[2] ?? null;
  const batchFirst = attrInt(op.node, 'layout', 0) === 1;
  const [first = null, second = null] = x ?? [];
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  const all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [tensor(dtype, all), tensor(dtype, last), tensor(dtype, last)];
};

export const recurrence: Family = { RNN: recurrent, GRU: recurrent, LSTM: recurrent };
