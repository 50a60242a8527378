/** Index arithmetic of row-major tensors. */

export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) {
    strides[i] = (strides[i + 1] as number) * (dims[i + 1] as number);
  }
  return strides;
}

/** Strides with which a tensor of shape `dims` is read as if broadcast to `target`: 0 along repeated axes. */
export function broadcastStrides(dims: readonly number[], target: readonly number[]): number[] {
  const own = stridesOf(dims);
  const offset = target.length - dims.length;
  return target.map((_, i) => {
    const at = i - offset;
    return at < 0 || dims[at] === 1 ? 0 : (own[at] as number);
  });
}

/** The offset `base + Σ index · stride` of every index of `dims`, in row-major order. */
export function offsets(
  dims: readonly number[],
  strides: readonly number[],
  base = 0,
): Float64Array {
  const result = new Float64Array(countOf(dims));
  const index = new Array<number>(dims.length).fill(0);
  let offset = base;
  for (let i = 0; i < result.length; i++) {
    result[i] = offset;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      offset += stride;
      if ((index[axis] as number) < (dims[axis] as number)) break;
      offset -= stride * (dims[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}

/** The shape that numeric shapes broadcast to, or undefined where they do not fit. */
export function broadcastDims(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const [have, want] = [result[at] as number, shape[i] as number];
      if (have !== want && have !== 1 && want !== 1) return undefined;
      if (have === 1) result[at] = want;
    }
  }
  return result;
}
