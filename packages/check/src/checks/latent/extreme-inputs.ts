import {
  type GraphName,
  gridOf,
  type ModelCard,
  type NamedTensors,
  sizeOf,
  type Tensor,
} from '@latentkit/core';

/** Standard deviations: beyond them a draw from N(0, 1) falls once in a thousand million. */
const FAR = 6;

/**
 * Inputs at the ends of what a graph may be fed, a row each: all low, all high, and both by turns. Noise
 * and latents go to ±6; labels are one-hot; indices are the first and the last.
 */
export function extremeInputs(card: ModelCard, graph: GraphName): NamedTensors {
  const inputs = card.graphs[graph]?.inputs ?? [];
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const row = shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
      const size = sizeOf(row);
      if (dtype === 'int32') {
        const last = (gridOf(card)?.codes ?? 1) - 1;
        return [name, { dtype, dims: [3, ...row], data: Int32Array.from(pattern(size, 0, last)) }];
      }
      const [low, high] = name === 'x' ? card.item.range : [-FAR, FAR];
      const values = name === 'y' ? oneHot(size) : pattern(size, low, high);
      return [
        name,
        { dtype: 'float32', dims: [3, ...row], data: Float32Array.from(values) } as Tensor,
      ];
    }),
  ) as NamedTensors;
}

function pattern(size: number, low: number, high: number): number[] {
  const rows = [() => low, () => high, (i: number) => (i % 2 === 0 ? high : low)];
  return rows.flatMap((value) => Array.from({ length: size }, (_, i) => value(i)));
}

function oneHot(size: number): number[] {
  return [0, size - 1, 0].flatMap((hot) =>
    Array.from({ length: size }, (_, i) => Number(i === hot)),
  );
}
