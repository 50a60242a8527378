import { attrInt } from '../../attributes.ts';
import { dtypeFromCode } from '../../dtype.ts';
import { normalAxis } from '../op/dims.ts';
import { type Family, type Inference, tensor } from '../op/op.ts';
import { sameType } from './elementwise.ts';

/** The running or saved statistics have the shape and type of the ones that came in. */
const batchNormalization: Inference = (op) => [
  op.type(0),
  op.type(3),
  op.type(4),
  op.type(3),
  op.type(4),
];

const layerNormalization: Inference = (op) => {
  const x = op.shape(0);
  const axis = x && normalAxis(attrInt(op.node, 'axis', -1), x.length);
  const reduced = x?.map((dim, i) => (axis !== null && i >= axis ? 1 : dim)) ?? null;
  const statistics = tensor(dtypeFromCode(attrInt(op.node, 'stash_type', 1)), reduced);
  return [op.type(0), statistics, statistics];
};

export const normalization: Family = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: sameType,
  GroupNormalization: sameType,
  RMSNormalization: sameType,
};
