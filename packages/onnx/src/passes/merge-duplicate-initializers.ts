import type { TensorData } from '../ir.ts';
import type { Pass } from '../rewrite/pass.ts';

export const mergeDuplicateInitializers: Pass = {
  name: 'merge-duplicate-initializers',
  summary: 'Initialisers with the same type, shape and bytes become one.',
  apply({ view }) {
    const { initializers } = view.graph;
    const groups = new Map<string, TensorData[]>();
    for (const tensor of initializers.values()) {
      if (!view.constant(tensor.name) || tensor.dtype === 'string') continue;
      const key = `${tensor.dtype} ${tensor.dims}`;
      const group = groups.get(key);
      if (group) group.push(tensor);
      else groups.set(key, [tensor]);
    }
    let rewrites = 0;
    for (const tensors of groups.values()) {
      // Weights are large, and most of them are the only ones of their shape: their bytes are not looked at.
      if (tensors.length === 1) continue;
      const seen = new Map<number, TensorData[]>();
      for (const tensor of tensors) {
        const key = hash(tensor.raw);
        const alike = seen.get(key) ?? [];
        seen.set(key, alike);
        const first = alike.find((other) => sameBytes(other.raw, tensor.raw));
        if (!first) {
          alike.push(tensor);
        } else if (!view.isPinned(tensor.name)) {
          view.redirectUses(tensor.name, first.name);
          initializers.delete(tensor.name);
          rewrites++;
        }
      }
    }
    return rewrites;
  },
};

/** Sorts tensors into groups (FNV-1a, of words of four bytes); equality is decided by all bytes. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  const mix = (data: Uint8Array | Uint32Array) => {
    for (let i = 0; i < data.length; i++)
      value = Math.imul(value ^ (data[i] as number), 0x01000193);
  };
  const words = bytes.length >> 2;
  // Tensors lie anywhere in a file; words are read at multiples of four alone.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  mix(new Uint32Array(buffer, byteOffset, words));
  mix(bytes.subarray(4 * words));
  return value;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
