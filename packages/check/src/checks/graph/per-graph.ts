import type { CheckResult, Finding } from '../../check.ts';
import type { GraphFile, ModelUnderCheck } from '../../model/model-under-check.ts';

/** Looks at every graph of a model in every precision, one after the other. */
export async function eachGraph(
  model: ModelUnderCheck,
  look: (graph: GraphFile) => Promise<readonly Finding[]> | readonly Finding[],
): Promise<CheckResult> {
  const findings: Finding[] = [];
  for (const graph of await model.graphs()) findings.push(...(await look(graph)));
  return { findings };
}
