import { checkObject } from '../errors/check.ts';
import { checkSchema } from '../errors/check-schema.ts';
import { CardSchema, type ModelCard } from './card.ts';

/**
 * Checks those fields of a card that a function reads: it need not be a whole one.
 *
 * @throws ArgumentError
 */
export function checkCardFields(card: unknown, fields: readonly (keyof ModelCard)[]): void {
  checkObject('card', card, 'a model card');
  for (const field of fields) {
    checkSchema(`card.${field}`, CardSchema.entries[field], (card as Partial<ModelCard>)[field]);
  }
}
