import { LatentkitError, type ModelCard } from '@latentkit/core';
import type { Model } from '@latentkit/onnx';

/**
 * The item of a card: the graph's own order of dimensions where it has them, else the layout that is given.
 *
 * @throws LatentkitError `invalid-data` where the graph takes something else than such pictures
 */
export function itemOf(
  { graph }: Model,
  [height, width, channels]: readonly [number, number, number],
  range: readonly [number, number],
  layout?: 'HWC' | 'CHW',
): ModelCard['item'] {
  const x = graph.inputs.find(({ name }) => name === 'x');
  const dims = x?.type.kind === 'tensor' ? (x.type.shape ?? []).slice(1) : [];
  const shapes = { HWC: [height, width, channels], CHW: [channels, height, width] } as const;
  const orders = (['HWC', 'CHW'] as const).filter((order) => fits(dims, shapes[order]));
  const order = layout && orders.includes(layout) ? layout : orders[0];
  if (!order || (layout && !orders.includes(layout))) {
    throw new LatentkitError(
      'invalid-data',
      `The encoder takes [batch, ${dims.join(', ')}], which is no picture of ${height} × ${width} × ${channels}` +
        `${layout ? ` in the layout ${layout}` : ''}. Give the size that it takes (image, --image)${pictureOf(dims)}.`,
    );
  }
  return { shape: [...shapes[order]], layout: order, range: [...range] };
}

/** The size that dimensions tell, in the words of the option: colours are few, and come first or last. */
function pictureOf(dims: readonly unknown[]): string {
  if (dims.length !== 3 || !dims.every((dim) => typeof dim === 'number')) return '';
  const [first, middle, last] = dims as [number, number, number];
  const size = first < last ? [middle, last, first] : [first, middle, last];
  return `: ${size.join('x')}`;
}

/** The same dimensions, or one that holds them all. */
function fits(dims: readonly unknown[], shape: readonly number[]): boolean {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return dims.join() === shape.join() || (dims.length === 1 && dims[0] === size);
}
