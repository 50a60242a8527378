import { expect, test } from '@jest/globals';
import { conditionLabels } from './condition-labels.ts';

const card = { condition: { labels: ['cat', 'dog', '7'] } };

test('are those of the source, else of the folders, as far as the card has them', () => {
  const items = [
    { id: 'train/dog/1.png', label: 'cat' },
    { id: 'some/where/dog/1.png', label: 'some' },
    { id: 'cat/2.png' },
    { id: '/data/photos/dog/3.png' },
    { id: '4', label: '7' },
  ];
  expect(conditionLabels(items, card)).toEqual(['cat', 'dog', 'cat', 'dog', '7']);
  expect(conditionLabels(items, {})).toBeUndefined();
});

test('an item without one is told of, with what to do', () => {
  const items = ['cat/1.png', 'bird/2.png', '3.png', 'cat/dog/.x/4.png', '5.png'];
  const labels = () =>
    conditionLabels(
      items.map((id) => ({ id })),
      card,
    );
  expect(labels).toThrow(
    'condition: expected one of the labels (cat, dog, 7) for all items, or each item in a folder named by its own, received nothing, and none of bird/2.png, 3.png, cat/dog/.x/4.png and 1 more.',
  );
  expect(labels).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
