import { attr } from '../attributes.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass } from '../rewrite/pass.ts';
import { composePermutations, isIdentity, permutationOf } from '../rewrite/permutation.ts';

export const mergeTransposes: Pass = {
  name: 'merge-transposes',
  summary: 'Transposes in a row become one, or none where they cancel.',
  apply({ view, types }) {
    let rewrites = 0;
    for (const node of view.nodes()) {
      const first = view.producer(node.inputs[0] ?? '');
      if (!isOp(node, 'Transpose') || !isOp(first, 'Transpose')) continue;
      const source = first.inputs[0] as string;
      const inner = permutationOf(first, types.get(source).shape);
      const outer = permutationOf(node, types.get(node.inputs[0]).shape);
      if (!inner || !outer) continue;
      const perm = composePermutations(inner, outer);
      if (!(isIdentity(perm) && view.bypass(node, source))) {
        view.rewrite(node, 'Transpose', [source], [['perm', attr.ints(perm)]]);
      }
      rewrites++;
    }
    return rewrites;
  },
};
