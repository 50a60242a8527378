import { ArgumentError, gridOf, levelsOf, priorOf, type WholeCard } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import {
  type DatasetConfig,
  isDataset,
  nameOrPath,
  type ResolvedConfig,
  resolveConfig,
  type TrainConfig,
  usedSettings,
} from '../settings/config.ts';
import { usedOnly } from '../settings/fill.ts';
import { readCommand } from '../settings/read-command.ts';
import { MODEL_SETTINGS } from '../settings/rows/model-settings.ts';
import { SETTINGS } from '../settings/table.ts';

/** Families of the same networks: one goes on from another. */
const ALIKE: readonly string[] = ['vae', 'beta-vae', 'iwae'];

/**
 * The configuration of a run that goes on from a model: the settings that are given, and where nothing is said those
 * that the model was trained with, as far as the others leave a use for them. So it is with those of data of the same
 * kind: what was kept for testing then, by a rule, is not trained on now.
 *
 * @throws ArgumentError without data, or for a setting that the model's weights do not fit
 */
export function settingsFrom(card: WholeCard, given: TrainConfig): TrainConfig {
  const { data } = given;
  if (data === undefined) {
    throw new ArgumentError(
      'data',
      'the data to go on with (--data of the command): a model brings none',
      data,
    );
  }
  const { settings, derived, dataSettings } = trainedWith(card);
  checkFits(card, settings, given);
  const said = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as unknown as TrainConfig;
  const dataset = isDataset(data)
    ? data
    : dataOf(card, { name: settings.data.name, ...dataSettings }, data);
  const name = isDataset(data) ? 'arrays' : (dataset as { readonly name?: string }).name;
  const kept = usedOnly(SETTINGS, { ...settings, ...said, data: name });
  const own = Object.entries(kept).filter(
    ([key]) => key in SETTINGS && !(key in said) && !derived.includes(key),
  );
  return { ...Object.fromEntries(own), ...said, data: dataset };
}

/** What a model was trained with, as its card says; `derived` are those that followed from others. */
function trainedWith(card: WholeCard): {
  readonly settings: ResolvedConfig;
  readonly derived: readonly string[];
  /** Those of its data that its card says. */
  readonly dataSettings: Partial<DatasetConfig>;
} {
  const { command } = card.provenance;
  const said = command === undefined ? undefined : readCommand(command);
  const data = said?.data === 'files' ? { name: 'files', dataDir: '.' } : { name: said?.data };
  const config = resolveConfig({
    runDir: '.',
    ...ofCard(card, said?.settings.gridLevels?.length ?? 0),
    ...said?.settings,
    data: data as TrainConfig['data'],
  });
  // Where the command leaves σ to be learned, the number on the card is what came of it, not a setting.
  const spread = config.sigma === 'learned' ? {} : spreadOf(card);
  const { engine, backend, threads, ...settings } = usedSettings({ ...config, ...spread });
  const derived = Object.entries(SETTINGS)
    .filter(
      ([key, { standard }]) => typeof standard === 'function' && !(key in (said?.settings ?? {})),
    )
    .map(([key]) => key);
  const dataSettings = said?.dataSettings ?? {};
  return { settings: settings as ResolvedConfig, derived, dataSettings };
}

/**
 * What a card says of its model in fields of its own.
 *
 * @param onGrid how many of its levels, the lowest, lie on a grid: of those a card has the sizes alone
 */
function ofCard({ family, latent, likelihood }: WholeCard, onGrid: number): Partial<TrainConfig> {
  const common = { family, likelihood: likelihood.kind };
  const prior = priorOf({ latent });
  if (prior) {
    const pseudoInputs = prior.components.length;
    return { ...common, latentSize: latent.size, prior: 'vamp', pseudoInputs };
  }
  const grid = gridOf({ latent });
  if (grid) return { ...common, codes: grid.codes, codeSize: grid.dim };
  const levels = levelsOf({ latent });
  if (levels.length > 1) return { ...common, levels: levels.slice(0, levels.length - onGrid) };
  const layers = definitionOf(latent).layers?.(latent);
  if (!layers) return { ...common, latentSize: latent.size };
  // Of two stochastic layers a card has the sum alone: the command says which.
  if (layers.flow === 'coupling') return common;
  return { ...common, latentSize: latent.size, flow: layers.flow, flowSteps: layers.steps };
}

/** The spread of a likelihood that has one, whether it was given or learned: a card does not tell. */
function spreadOf({ likelihood }: WholeCard): { readonly sigma?: number } {
  if ('sigma' in likelihood) return { sigma: likelihood.sigma };
  return 'scale' in likelihood ? { sigma: likelihood.scale } : {};
}

/** @throws ArgumentError for the first setting that would build other networks */
function checkFits(card: WholeCard, settings: ResolvedConfig, given: TrainConfig): void {
  for (const [key, row] of Object.entries(MODEL_SETTINGS)) {
    const [has, wanted] = [settings, given].map((all) => all[key as keyof typeof MODEL_SETTINGS]);
    // One that has a standard is undefined where the family has no use for it, which is refused elsewhere.
    const useless = has === undefined && row.standard !== undefined;
    if (wanted === undefined || useless || String(has) === String(wanted)) continue;
    const alike = [has, wanted].every((name) => ALIKE.includes(String(name)));
    if (key === 'family' ? alike : row.changeable) continue;
    throw new ArgumentError(
      row.name,
      `${has ?? 'none'}, as ${card.name} has, which is gone on from (--${row.flag} of the command)`,
      wanted,
    );
  }
}

/** The data to go on with: where nothing else is said, divided and made into items as those of the model were. */
function dataOf(
  card: WholeCard,
  trained: DatasetConfig,
  data: string | Exclude<TrainConfig['data'], string | undefined>,
): TrainConfig['data'] {
  const asked = typeof data === 'string' ? nameOrPath(data) : data;
  // What is no configuration of data is refused with the other settings.
  if (!('name' in asked)) return asked as TrainConfig['data'];
  const given = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  ) as unknown as DatasetConfig;
  const { dataDir, ...rules } = trained;
  return {
    ...(given.name === trained.name ? rules : {}),
    ...(given.name === 'files' ? itemsOf(card) : {}),
    ...given,
  };
}

/** How pictures are made into items. */
function itemsOf({ item, preprocessing }: WholeCard): Partial<DatasetConfig> {
  const [height, width, channels] = item.shape;
  const { fit, background } = preprocessing;
  const colour = { 1: 'grey', 3: 'rgb' }[channels ?? 0] as 'grey' | 'rgb' | undefined;
  const hex = background?.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    image: `${height}x${width}`,
    ...(colour ? { colour } : {}),
    ...(fit ? { fit } : {}),
    ...(hex ? { background: `#${hex}` } : {}),
  };
}
