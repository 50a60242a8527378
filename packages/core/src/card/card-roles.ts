import { sizeOf } from '../tensor.ts';
import type { ModelCard } from './card.ts';

/**
 * The graphs of every family carry their values under fixed names (docs/model-card.md): what each
 * must have, by kind of latent, with its shape after the batch dimension (null: not checked).
 */
interface Role {
  readonly graph: keyof ModelCard['graphs'];
  readonly side: 'inputs' | 'outputs';
  readonly name: string;
  /** Elements an item. */
  readonly size: number;
}

function rolesOf(card: ModelCard): Role[] {
  const { latent } = card;
  const item = sizeOf(card.item.shape);
  const labels = card.condition?.labels.length;
  const role = (graph: Role['graph'], side: Role['side'], name: string, size: number) => ({
    graph,
    side,
    name,
    size,
  });
  const roles = [role('encoder', 'inputs', 'x', item), role('decoder', 'outputs', 'mean', item)];
  if (labels !== undefined) roles.push(role('decoder', 'inputs', 'y', labels));
  const encoded = (names: readonly string[]) =>
    names.map((name) => role('encoder', 'outputs', name, latent.size));
  switch (latent.kind) {
    case 'gaussian':
      return [
        ...roles,
        ...encoded(['mean', 'log_var']),
        role('decoder', 'inputs', 'z', latent.size),
      ];
    case 'point':
      return [...roles, ...encoded(['z']), role('decoder', 'inputs', 'z', latent.size)];
    case 'flow':
      return [
        ...roles,
        role('encoder', 'inputs', 'eps', latent.size),
        ...encoded(['z', 'mean', 'log_var']),
        role('encoder', 'outputs', 'log_q', 1),
        role('decoder', 'inputs', 'z', latent.size),
      ];
    case 'ladder':
      return [
        ...roles,
        role('encoder', 'inputs', 'eps', latent.size),
        ...encoded(['z']),
        role('encoder', 'outputs', 'kl', latent.levels.length),
        role('decoder', 'inputs', 'z', latent.size),
      ];
    case 'codes': {
      const cells = sizeOf(latent.grid);
      const prior = card.graphs.prior
        ? [
            role('prior', 'inputs', 'indices', cells),
            role('prior', 'outputs', 'logits', cells * latent.codes),
          ]
        : [];
      return [
        ...roles,
        role('encoder', 'outputs', 'indices', cells),
        role('encoder', 'outputs', 'z_e', latent.size),
        role('codebook', 'inputs', 'indices', cells),
        role('codebook', 'outputs', 'z_q', latent.size),
        role('decoder', 'inputs', 'z_q', latent.size),
        ...prior,
      ];
    }
  }
}

/** What the graphs of a card lack, and sizes of the card that contradict each other; empty for a sound card. */
export function roleIssues(card: ModelCard): string[] {
  const issues = sizeIssues(card);
  for (const { graph, side, name, size } of rolesOf(card)) {
    const info = card.graphs[graph]?.[side].find((candidate) => candidate.name === name);
    if (!info) {
      issues.push(`graphs.${graph}.${side}: '${name}' is missing`);
      continue;
    }
    const [batch, ...rest] = info.shape;
    const found = sizeOf(rest.map((dim) => (typeof dim === 'number' ? dim : Number.NaN)));
    if (typeof batch !== 'string' || found !== size) {
      issues.push(
        `graphs.${graph}.${side}.${name}: expected a named batch dimension and ${size} elements an item, received [${info.shape.join(', ')}]`,
      );
    }
  }
  return issues;
}

function sizeIssues({ latent }: ModelCard): string[] {
  if (latent.kind === 'ladder') {
    const sum = latent.levels.reduce((total, level) => total + level, 0);
    return sum === latent.size
      ? []
      : [`latent.levels: expected a sum of ${latent.size}, received ${sum}`];
  }
  if (latent.kind === 'codes') {
    const size = sizeOf(latent.grid) * latent.dim;
    return size === latent.size
      ? []
      : [`latent.size: expected height · width · dim = ${size}, received ${latent.size}`];
  }
  return [];
}
