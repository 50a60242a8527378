import { expect, test } from '@jest/globals';
import { otherData } from './other-data.ts';

type Card = Parameters<typeof otherData>[0];
type Data = Parameters<typeof otherData>[1];

const card = (parts: object) =>
  ({ name: 'photos-vae', provenance: {}, ...parts }) as unknown as Card;
const data = (count: number, labelNames: string[] = []) =>
  ({
    description: `photos: ${count} pictures of 64 × 64, in colour.`,
    provenance: `${count} pictures (SHA-256 …)`,
    labelNames,
  }) as unknown as Data;

test('data whose digests are on the card are those of training', () => {
  const told = card({ provenance: { data: '180 pictures (SHA-256 …)' } });
  expect(otherData(told, data(180))).toBeUndefined();
  expect(otherData(told, data(33))).toBe(
    'The data are not those that photos-vae was trained on: then 180 pictures (SHA-256 …); now 33 pictures (SHA-256 …).',
  );
});

test('a class that was left out of training is among the data', () => {
  const without = '180 pictures (SHA-256 …); without the training items of class 1';
  expect(otherData(card({ provenance: { data: without } }), data(180))).toBeUndefined();
  expect(otherData(card({ provenance: { data: without } }), data(18))).toMatch(/now 18 pictures/);
});

test('a card without digests speaks by its classes and its description', () => {
  const told = card({ description: 'A VAE. snaps: 180 pictures of 64 × 64, in colour.' });
  expect(otherData(told, data(180))).toBeUndefined();
  expect(otherData(told, data(33))).toMatch(/then 180 pictures; now 33 pictures\.$/);
  expect(otherData(card({ description: 'Of 180 pictures.' }), data(33))).toBeUndefined();
  const classes = card({ condition: { labels: ['cat', 'dog'] } });
  expect(otherData(classes, data(18, ['cat', 'dog']))).toBeUndefined();
  expect(otherData(classes, data(18))).toMatch(/then of the classes cat, dog; now of none\.$/);
});
