import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntegrityError, parseCard, type WholeCard, wholeCard } from '@latentkit/core';
import type { TrainingCurve } from '@latentkit/training';

/** A model that this repository tells of. */
export interface DescribedModel {
  readonly name: string;
  /** Its folder is under models/; of others the card and the curve alone are kept. */
  readonly kept: boolean;
  readonly card: WholeCard;
  /** How its training went, where that is known. */
  readonly curve: TrainingCurve | undefined;
}

/**
 * Every model under models/, and those of which docs/models tells, by name.
 *
 * @param models folder of folders of models
 * @param records folder of what `scripts/models/record.ts` keeps of models
 */
export function readModels(models: string, records: string): DescribedModel[] {
  const kept = readdirSync(models, { withFileTypes: true })
    // An export that is being written has a name that begins with a dot.
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => describeFolder(models, name));
  const told = existsSync(records)
    ? readdirSync(records).map((file) => readRecord(records, file))
    : [];
  return [...kept, ...told].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function describeFolder(models: string, name: string): DescribedModel {
  const path = join(models, name, 'model.json');
  const card = wholeCard(parseCard(readFileSync(path, 'utf8'), path));
  const curve = card.training && readCurve(join(models, name), card.training);
  return { name, kept: true, card, curve };
}

/** @throws IntegrityError for a file that is not the one of the card */
function readCurve(
  folder: string,
  { file, sha256 }: NonNullable<WholeCard['training']>,
): TrainingCurve {
  const bytes = readFileSync(join(folder, file));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new IntegrityError(file, `sha256 ${sha256}`, `sha256 ${found}`);
  return JSON.parse(bytes.toString('utf8')) as TrainingCurve;
}

function readRecord(records: string, file: string): DescribedModel {
  const path = join(records, file);
  const { card, curve } = JSON.parse(readFileSync(path, 'utf8')) as {
    card: unknown;
    curve?: TrainingCurve;
  };
  return {
    name: file.replace(/\.json$/, ''),
    kept: false,
    card: wholeCard(parseCard(JSON.stringify(card), path)),
    curve,
  };
}

/** A figure on a card; undefined where it was not measured. */
export function figureOf({ card }: DescribedModel, metric: string): number | undefined {
  return card.metrics.find(({ name }) => name === metric)?.value;
}
