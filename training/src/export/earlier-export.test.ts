import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { earlierExport, replacedWarnings } from './earlier-export.ts';

const folder = mkdtempSync(join(tmpdir(), 'earlier-'));
afterAll(() => rmSync(folder, { recursive: true }));

const card = (changes: Partial<ModelCard['provenance']> = {}) =>
  ({
    name: 'photos-vae',
    provenance: {
      dataset: 'photos',
      seed: 1,
      epochs: 3,
      command: 'latentkit train --data ./your-pictures --epochs 3 --backend wasm',
      ...changes,
    },
  }) as ModelCard;

test.each([
  ['none', undefined],
  ['the same run', card()],
  [
    'the same run, with fewer epochs',
    card({
      epochs: 1,
      command: 'latentkit train --data ./your-pictures --epochs 1 --backend wasm',
    }),
  ],
])('says nothing where the earlier export is %s', (_, earlier) => {
  expect(replacedWarnings(earlier, card(), 'models/photos')).toEqual([]);
});

test.each([
  [
    'other settings',
    { command: 'latentkit train --family vq-vae' },
    "'latentkit train --family vq-vae'",
  ],
  ['other data', { dataset: 'faces' }, 'had made on faces'],
  ['another seed', { seed: 2 }, '--epochs 3'],
  ['a run without a command', { command: undefined }, 'which another run had made'],
])('names the earlier export of %s', (_, changes, says) => {
  const [warning, ...more] = replacedWarnings(card(changes), card(), 'models/photos');
  expect(more).toEqual([]);
  expect(warning).toContain('Replaced photos-vae in models/photos');
  expect(warning).toContain(says);
  expect(warning).toContain('into another folder');
});

test('a card that cannot be read is none', async () => {
  expect(await earlierExport(folder)).toBeUndefined();
  writeFileSync(join(folder, 'model.json'), 'an earlier one');
  expect(await earlierExport(folder)).toBeUndefined();
});
