import { expect, test } from '@jest/globals';
import { soundParts } from '../../testing/sound-model.ts';
import { cardItem } from './item.ts';

const messagesOf = async (layout: 'HWC' | 'CHW' | 'flat', shape: readonly number[]) => {
  const { card } = soundParts({});
  const item = { ...card.item, layout, shape };
  const model = { card: async () => ({ ...card, item }) };
  const { findings = [] } = await cardItem.run(model as Parameters<typeof cardItem.run>[0]);
  return findings.map(({ message }) => message);
};

test.each([
  ['HWC', [1, 1, 12]],
  ['HWC', [1, 1, 1]],
  ['HWC', [1, 12, 1]],
  ['HWC', [28, 28, 4]],
  ['CHW', [3, 28, 28]],
  ['flat', [12]],
] as const)('%s of [%s] is sound: pictures, or values that are none', async (layout, shape) => {
  expect(await messagesOf(layout, shape)).toEqual([]);
});

test.each([
  ['HWC', [1, 28, 28], '28 channels'],
  ['HWC', [3, 28, 28], '28 channels'],
  ['CHW', [12, 1, 1], '12 channels'],
  ['CHW', [28, 28, 3], '28 channels'],
  ['HWC', [1, 12], 'three dimensions'],
] as const)('%s of [%s] is not', async (layout, shape, words) => {
  expect(await messagesOf(layout, shape)).toEqual([expect.stringContaining(words)]);
});
