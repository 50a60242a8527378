import { isOp } from '../rewrite/is-op.ts';
import type { Pass } from '../rewrite/pass.ts';
import { isAscending, permutationOf } from '../rewrite/permutation.ts';
import { rewriteAsReshape } from '../rewrite/reshape-like.ts';

export const transposeToReshape: Pass = {
  name: 'transpose-to-reshape',
  summary: 'A Transpose that only moves axes of size 1 becomes a Reshape, which copies nothing.',
  apply(context) {
    const { view, types } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      if (!isOp(node, 'Transpose')) continue;
      const source = node.inputs[0] as string;
      const { shape } = types.get(source);
      const perm = permutationOf(node, shape);
      const long = perm?.filter((axis) => shape?.[axis] !== 1);
      if (
        long &&
        isAscending(long) &&
        rewriteAsReshape(context, node, source, types.get(node.outputs[0]).shape)
      )
        rewrites++;
    }
    return rewrites;
  },
};
