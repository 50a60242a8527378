import type { GraphCard } from '@latentkit/core';
import type { Graph, ValueInfo } from '@latentkit/onnx';
import type { GraphFile, ModelUnderCheck } from '../../model/model-under-check.ts';

type Info = GraphCard['inputs'][number];

/** One side of a graph: what the card promises, and what the file has, constants aside. */
export interface Side {
  readonly promised: readonly Info[];
  readonly found: readonly ValueInfo[];
}

export async function sideOf(
  model: ModelUnderCheck,
  { graph, file }: GraphFile,
  side: 'inputs' | 'outputs',
): Promise<Side> {
  const promised = (await model.card()).graphs[graph]?.[side] ?? [];
  const { graph: inFile } = await model.model(file);
  return { promised, found: side === 'inputs' ? feedsOf(inFile) : inFile.outputs };
}

/** Inputs that must be fed: one that names a constant has it as its default. */
export function feedsOf({ inputs, initializers }: Graph): ValueInfo[] {
  return inputs.filter(({ name }) => !initializers.has(name));
}
