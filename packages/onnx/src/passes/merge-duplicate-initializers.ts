import type { TensorData } from '../ir.ts';
import type { Pass } from '../rewrite/pass.ts';

export const mergeDuplicateInitializers: Pass = {
  name: 'merge-duplicate-initializers',
  summary: 'Initialisers with the same type, shape and bytes become one.',
  apply({ view }) {
    const seen = new Map<string, TensorData[]>();
    let rewrites = 0;
    for (const tensor of [...view.graph.initializers.values()]) {
      if (!view.constant(tensor.name) || tensor.dtype === 'string') continue;
      const key = `${tensor.dtype} ${tensor.dims} ${hash(tensor.raw)}`;
      const alike = seen.get(key) ?? [];
      seen.set(key, alike);
      const first = alike.find((other) => sameBytes(other.raw, tensor.raw));
      if (!first) {
        alike.push(tensor);
      } else if (!view.isPinned(tensor.name)) {
        view.redirectUses(tensor.name, first.name);
        view.graph.initializers.delete(tensor.name);
        rewrites++;
      }
    }
    return rewrites;
  },
};

/** Sorts tensors into groups (FNV-1a); equality is decided by all bytes. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  return value;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
