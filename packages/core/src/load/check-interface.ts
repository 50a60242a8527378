import type { ModelCard } from '../card/card.ts';
import { CardError } from '../errors/index.ts';
import type { GraphName } from '../latents/definition.ts';
import type { GraphRunner, TensorInfo } from '../run/runner.ts';

/**
 * Compares the inputs and outputs of a graph with those that its card names: names, dtypes, ranks
 * and sizes. What the graph leaves open fits anything; a dimension that the card names must be open.
 *
 * @throws CardError with every difference
 */
export function checkInterface(
  card: ModelCard,
  name: GraphName,
  runner: Pick<GraphRunner, 'inputs' | 'outputs'> | undefined,
): void {
  const known = card.graphs[name]?.inputs.map((info) => info.name) ?? [];
  const unknown = (runner?.inputs ?? []).filter((info) => !known.includes(info.name));
  const issues = (['inputs', 'outputs'] as const).flatMap((side) => {
    const found = runner?.[side] ?? [];
    return (card.graphs[name]?.[side] ?? []).flatMap((promised) => {
      const where = `graphs.${name}.${side}.${promised.name}`;
      const info = found.find((candidate) => candidate.name === promised.name);
      if (!info) {
        const names = found.map((candidate) => candidate.name).join(', ') || 'none';
        return [`${where}: missing in the graph, which has ${names}`];
      }
      return fits(promised, info)
        ? []
        : [`${where}: ${describeInfo(promised)} on the card, ${describeInfo(info)} in the graph`];
    });
  });
  for (const info of unknown) {
    issues.push(`graphs.${name}.inputs.${info.name}: asked for by the graph, missing on the card`);
  }
  if (issues.length > 0) {
    throw new CardError(
      'invalid-card',
      [
        `The ${name} graph is not the one that its card describes. Export the model again.`,
        ...issues.map((issue) => `  - ${issue}`),
      ].join('\n'),
      issues,
    );
  }
}

function fits(promised: TensorInfo, { dtype, shape }: TensorInfo): boolean {
  if (dtype !== promised.dtype) return false;
  // A runtime gives no dimensions where the graph leaves even their number open.
  if (shape.length === 0) return true;
  return (
    shape.length === promised.shape.length &&
    promised.shape.every((dim, i) => typeof shape[i] !== 'number' || shape[i] === dim)
  );
}

function describeInfo({ dtype, shape }: TensorInfo): string {
  return `${dtype} [${shape.join(', ')}]`;
}
