import type { GoldenGraph, GraphName } from '@latentkit/core';
import { readGolden } from '@latentkit/core/runtime';

/** Inputs of one graph, and what the trainer (or ONNX Runtime, for adopted models) made of them. */
export interface GoldenRows extends GoldenGraph {
  /** Rows of the batch. A tensor of another first dimension goes into every run whole. */
  readonly rows: number;
}

/** The golden values of a model, by graph. */
export type GoldenByGraph = Readonly<Partial<Record<GraphName, GoldenRows>>>;

/** Reads golden values; see {@link readGolden}, which says what is wrong with a file that holds none. */
export function goldenByGraph(bytes: Uint8Array, file: string): GoldenByGraph {
  const { graphs } = readGolden(bytes, file);
  const rows = Object.entries(graphs).map(([name, graph]) => [
    name,
    { ...graph, rows: Object.values(graph?.inputs ?? {})[0]?.dims[0] ?? 0 },
  ]);
  return Object.fromEntries(rows) as GoldenByGraph;
}
