import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelCard, parseCard } from '@latentkit/core';
import type { TrainingCurve } from '@latentkit/training';

/** A model of the repository, as its folder describes it. */
export interface DescribedModel {
  /** Name of its folder under models/. */
  readonly folder: string;
  readonly card: ModelCard;
  /** How its training went, where the folder says. */
  readonly curve: TrainingCurve | undefined;
}

/** Every model under models/, by name. */
export function readModels(models: string): DescribedModel[] {
  // An export that is being written has a name that begins with a dot.
  const folders = readdirSync(models, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  return folders
    .map(({ name: folder }) => {
      const path = join(models, folder, 'model.json');
      const card = parseCard(readFileSync(path, 'utf8'), path);
      const curve = card.training
        ? (JSON.parse(
            readFileSync(join(models, folder, card.training.file), 'utf8'),
          ) as TrainingCurve)
        : undefined;
      return { folder, card, curve };
    })
    .sort((a, b) => a.folder.localeCompare(b.folder, 'en'));
}

/** A figure on a card; undefined where it was not measured. */
export function figureOf({ card }: DescribedModel, metric: string): number | undefined {
  return card.metrics.find(({ name }) => name === metric)?.value;
}
