import { CardError } from '@latentkit/core';
import { type Check, error } from '../../check.ts';

export const cardValid: Check = {
  id: 'card/valid',
  summary: 'the card can be read and does not contradict itself',
  remedy: 'Export the model again; a card is never written by hand.',
  needs: ['path/outside'],
  async run(model) {
    try {
      await model.card();
      return {};
    } catch (problem) {
      const issues = CardError.isInstance(problem) ? problem.issues : [];
      const messages = issues.length > 0 ? issues : [(problem as Error).message];
      return { findings: messages.map((message) => error(message, 'model.json')) };
    }
  },
};
