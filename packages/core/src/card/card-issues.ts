import type { Role } from '../latents/definition.ts';
import { definitionOf } from '../latents/look-up.ts';
import { sizeOf } from '../tensor.ts';
import type { ModelCard } from './card.ts';
import { latentSpaceIssues } from './latent-space-card.ts';

/** What the graphs of every model have beside those that the latent asks for (docs/model-card.md). */
function rolesOf(card: ModelCard): Role[] {
  const item = sizeOf(card.item.shape);
  const labels = card.condition?.labels.length;
  const roles: Role[] = [
    { graph: 'encoder', side: 'inputs', name: 'x', size: item },
    { graph: 'decoder', side: 'outputs', name: 'mean', size: item },
    ...(labels === undefined
      ? []
      : [{ graph: 'decoder', side: 'inputs', name: 'y', size: labels } as const]),
    ...definitionOf(card.latent).roles(card.latent, { prior: card.graphs.prior !== undefined }),
  ];
  return card.graphs.decoder ? roles : roles.filter(({ graph }) => graph === 'encoder');
}

/**
 * Where a card of the right form contradicts itself: what its graphs lack, sizes that do not fit each
 * other, numbers that no float32 holds. Empty for a sound card.
 */
export function cardIssues(card: ModelCard): string[] {
  return [
    ...(definitionOf(card.latent).issues?.(card.latent) ?? []),
    ...latentSpaceIssues(card),
    ...preprocessingIssues(card),
    ...decodingIssues(card),
    ...rolesOf(card).flatMap((role) => roleIssue(card, role) ?? []),
  ];
}

/** A model decodes, with all that it takes, or is of the family 'encoder' and has nothing of that. */
function decodingIssues({ family, likelihood, graphs }: ModelCard): string[] {
  const parts = {
    'graphs.decoder': graphs.decoder,
    likelihood,
    ...(family === 'encoder'
      ? { 'graphs.codebook': graphs.codebook, 'graphs.prior': graphs.prior }
      : {}),
  };
  return Object.entries(parts).flatMap(([name, part]) => {
    if (family !== 'encoder')
      return part ? [] : [`${name}: missing (only the family 'encoder' has none)`];
    return part ? [`${name}: expected none of the family 'encoder'`] : [];
  });
}

function roleIssue(card: ModelCard, role: Role): string | undefined {
  const { graph, side, name, size, dtype = 'float32' } = role;
  const info = card.graphs[graph]?.[side].find((candidate) => candidate.name === name);
  if (!info) return `graphs.${graph}.${side}: '${name}' is missing`;
  const [batch, ...rest] = info.shape;
  const found = sizeOf(rest.map((dim) => (typeof dim === 'number' ? dim : Number.NaN)));
  const where = `graphs.${graph}.${side}.${name}`;
  if (typeof batch !== 'string' || found !== size) {
    return `${where}: expected a named batch dimension and ${size} elements an item, received [${info.shape.join(', ')}]`;
  }
  return info.dtype === dtype ? undefined : `${where}: expected ${dtype}, received ${info.dtype}`;
}

function preprocessingIssues({ preprocessing: { scale, offset } }: ModelCard): string[] {
  const ends = [offset, 255 * scale + offset];
  return ends.every((end) => Number.isFinite(Math.fround(end)))
    ? []
    : [
        `preprocessing: expected a scale and offset under which 8-bit pixels are float32 values, received ${scale} and ${offset}`,
      ];
}
