import { attrInts, attrString } from '../../attributes.ts';
import type { Dim } from '../../ir.ts';
import { mapSize, normalAxis, shapeMismatch, unknownDims } from '../op/dims.ts';
import { type Family, type Inference, type Op, tensor } from '../op/op.ts';

const resize: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor(op.dtype(0), null)];
  const axes = attrInts(op.node, 'axes')?.map((axis) => normalAxis(axis, x.length));
  const over = axes ?? x.map((_, i) => i);
  const upsample = op.node.opType === 'Upsample' || op.opset < 11;
  const scales = floats(op, upsample ? 1 : 2);
  const sizes = upsample ? undefined : op.values(3);
  const shape: Dim[] = axes ? [...x] : unknownDims(x.length);
  const stretch = attrString(op.node, 'keep_aspect_ratio_policy', 'stretch') === 'stretch';
  for (const [i, axis] of over.entries()) {
    const dim = x[axis] ?? null;
    const scale = scales?.[i];
    if (scale !== undefined) {
      shape[axis] = mapSize(dim, (size) => Math.floor(size * scale), scale === 1);
    } else shape[axis] = stretch ? (sizes?.[i] ?? null) : null;
  }
  for (const [what, list] of [
    ['scales', scales],
    ['sizes', sizes],
  ] as const) {
    if (list && list.length > 0 && list.length !== over.length) {
      throw shapeMismatch(`${op.node.opType} has ${list.length} ${what} for ${over.length} axes.`);
    }
  }
  return [tensor(op.dtype(0), shape)];
};

/** The elements of a constant float vector; none where it is empty, as an omitted scales is. */
function floats(op: Op, input: number): number[] | undefined {
  const attribute = op.node.attributes.get('scales');
  if (attribute?.type === 'floats') return attribute.value;
  const constant = op.constant(input);
  if (constant?.dtype !== 'float32' || constant.raw.length === 0) return undefined;
  const view = new DataView(constant.raw.buffer, constant.raw.byteOffset, constant.raw.byteLength);
  return Array.from({ length: constant.raw.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Resizing by factors or to sizes. */
export const resizing: Family = { Resize: resize, Upsample: resize };
