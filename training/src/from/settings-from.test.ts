import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type WholeCard, wholeCard } from '@latentkit/core';
import { loadCard } from '@latentkit/node';
import { type DatasetConfig, resolveConfig, type TrainConfig } from '../settings/config.ts';
import { DATA_SETTINGS } from '../settings/table.ts';
import { trainCommand } from '../settings/train-command.ts';
import { settingsFrom } from './settings-from.ts';

const MODEL = resolve(__dirname, '../../../models/strokes-vae');

/** The card of a model that was trained on such data. */
async function trainedOn(data: DatasetConfig, from?: string): Promise<WholeCard> {
  const card = wholeCard(await loadCard(MODEL));
  const config = resolveConfig({ runDir: 'run', data, hiddenSizes: [128], architecture: 'mlp' });
  const command = trainCommand(config, { engine: 'onnx', from });
  return { ...card, provenance: { ...card.provenance, command } };
}

const dataFrom = (card: WholeCard, data: TrainConfig['data']) =>
  settingsFrom(card, { runDir: 'more', data }).data;

/** A value that is not the standard, of each setting of data that a card says. */
const SAID = {
  seed: 7,
  trainCount: 30,
  testCount: 20,
  image: '28x28',
  colour: 'grey',
  fit: 'contain',
  background: '#102030',
  testShare: 0.3,
  validationShare: 0.2,
  group: "^it's [^-]+",
  maxBad: 0.4,
  leaveOut: 'two words',
} as const;
const ITEMS = ['image', 'colour', 'fit', 'background'];

describe('of its data', () => {
  test('every setting that a card says is tried', () => {
    const rows = Object.entries(DATA_SETTINGS).filter(([, { onCard }]) => onCard === undefined);
    expect(rows.map(([key]) => key).sort()).toEqual(Object.keys(SAID).sort());
  });

  test.each(Object.entries(SAID).filter(([key]) => !ITEMS.includes(key)))(
    '%s is as the model had it, where nothing else is said',
    async (key, value) => {
      const name = key === 'seed' ? 'strokes' : 'files';
      const dataDir = name === 'files' ? { dataDir: './then' } : {};
      const card = await trainedOn({ name, ...dataDir, [key]: value });
      const now = name === 'files' ? './now' : name;
      expect(dataFrom(card, now)).toMatchObject({ name, [key]: value });
      expect(dataFrom(card, now)).not.toMatchObject({ dataDir: './then' });
      const other: DatasetConfig = { name, ...dataDir, [key]: undefined };
      expect(dataFrom(card, other)).toMatchObject({ [key]: value });
      const standard =
        DATA_SETTINGS[key as 'seed'].standard ?? (typeof value === 'number' ? 5 : '5');
      expect(dataFrom(card, { ...other, [key]: standard })).toMatchObject({ [key]: standard });
      // What was said against the model's own is said on the next card, though it is the standard.
      const next = await trainedOn({ name, ...dataDir, [key]: standard }, 'base');
      expect(dataFrom(next, now)).toMatchObject({ [key]: standard });
    },
  );

  test('pictures are made into items as the card says, and data of another kind are whole', async () => {
    const card = await trainedOn({ name: 'files', dataDir: './then', ...SAID, seed: undefined });
    const { fit } = card.preprocessing;
    expect(dataFrom(card, './now')).toMatchObject({ image: '28x28', colour: 'grey' });
    expect(fit === undefined || fit === (dataFrom(card, './now') as DatasetConfig).fit).toBe(true);
    expect(dataFrom(card, 'mnist')).toEqual({ name: 'mnist' });
  });
});
