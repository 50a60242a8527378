import { type Check, error } from '../../check.ts';
import { contractOf } from '../../model/contract.ts';

export const cardContract: Check = {
  id: 'card/contract',
  summary: 'item, preprocessing, likelihood, latent and graphs are those that were recorded',
  remedy:
    'Undo the change, or, where it is meant, record the model again: latentkit check --update.',
  needs: ['card/valid'],
  async run(model) {
    const record = await model.record();
    if (!record) return { skipped: 'nothing is recorded (latentkit check --update)' };
    const contract = contractOf(await model.card());
    const keys = [...new Set([...Object.keys(contract), ...Object.keys(record.contract)])];
    const changed = keys.filter(
      (key) => JSON.stringify(contract[key]) !== JSON.stringify(record.contract[key]),
    );
    return {
      findings: changed.map((key) =>
        error(
          `${key} is ${say(contract[key])}, recorded was ${say(record.contract[key])}`,
          'model.json',
        ),
      ),
    };
  },
};

function say(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
