import { expect, test } from '@jest/globals';
import { ArgumentError } from '../errors/index.ts';
import { fakeCard } from '../testing.ts';
import { checkCardFields } from './check-card-fields.ts';

test('the fields that are read are enough', () => {
  const { item, latent } = fakeCard();
  expect(() => checkCardFields({ item, latent }, ['item', 'latent'])).not.toThrow();
  expect(() => checkCardFields({}, [])).not.toThrow();
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'card: expected a model card, received undefined.'],
  ['text', 'vae', "card: expected a model card, received 'vae'."],
  [
    'a card without the field',
    { item: fakeCard().item },
    'card.latent: expected Object, received undefined.',
  ],
  [
    'a card with another value in it',
    { ...fakeCard(), latent: { kind: 'gaussian', size: 0 } },
    'card.latent.size: expected >=1, received 0.',
  ],
])('%s is refused by the name of the field', (_, card, message) => {
  const check = () => checkCardFields(card, ['item', 'latent']);
  expect(check).toThrow(ArgumentError);
  expect(check).toThrow(expect.objectContaining({ message }));
});
