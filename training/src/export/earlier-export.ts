import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelCard, parseCard } from '@latentkit/core';

/** The card of the export that stands in a folder; undefined where none stands there, or none that can be read. */
export async function earlierExport(folder: string): Promise<ModelCard | undefined> {
  try {
    return parseCard(await readFile(join(folder, 'model.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Says that an export took the place of another run's. It is no refusal, as that of `train` is: a run that is gone is
 * hours of work, while the same run gives the same export again.
 */
export function replacedWarnings(
  earlier: ModelCard | undefined,
  card: ModelCard,
  outDir: string,
): string[] {
  if (!earlier || sameTraining(earlier.provenance, card.provenance)) return [];
  const { name, provenance } = earlier;
  const by = provenance.command === undefined ? 'another run' : `'${provenance.command}'`;
  return [
    `Replaced ${name} in ${outDir}, which ${by} had made on ${provenance.dataset}. To keep both, export its run again into another folder.`,
  ];
}

/** As far as cards tell: they do not say which run folder they are of. A run that went on has more epochs. */
function sameTraining(one: ModelCard['provenance'], other: ModelCard['provenance']): boolean {
  const told = ({ dataset, seed, command }: ModelCard['provenance']) =>
    JSON.stringify([dataset, seed, command?.replace(/ --epochs \S+/, '')]);
  return told(one) === told(other);
}
