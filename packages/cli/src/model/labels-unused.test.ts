import { expect, test } from '@jest/globals';
import { recordingIo } from '../testing.ts';
import { tellLabelsUnused } from './labels-unused.ts';

const card = { condition: { labels: ['ash', 'elm'] } };

test.each<[string, string | undefined, typeof card | object, string[] | undefined, boolean]>([
  ['a condition over other labels', 'ash', card, ['ash', 'elm'], true],
  ['a condition that they all have', 'ash', card, ['ash', 'ash'], false],
  ['no condition', undefined, card, ['ash', 'elm'], false],
  ['labels that the model does not know', 'ash', card, ['elm', 'oak'], false],
  ['no labels', 'ash', card, undefined, false],
  ['a model without a condition', 'ash', {}, ['ash', 'elm'], false],
])('of %s', (_, condition, of, labels, told) => {
  const io = recordingIo();
  tellLabelsUnused(condition, of, labels, io);
  expect(io.said).toEqual(
    told
      ? [
          '--condition ash counts for all items; their own labels (elm, …) are not used. Leave it out to take those.',
        ]
      : [],
  );
});
