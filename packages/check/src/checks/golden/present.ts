import { type Check, error } from '../../check.ts';

/** Fewer rows cannot show that one row has no part in another. */
const LEAST_ROWS = 3;

export const goldenPresent: Check = {
  id: 'golden/present',
  summary: 'golden inputs and outputs are kept for every graph',
  remedy:
    'Copy the file again from where the model came, or export or adopt the model again. Where the card names no golden values (take golden out of model.json for that), latentkit check --update makes them of the model as it is.',
  needs: ['card/valid'],
  async run(model) {
    const { golden: file, graphs } = await model.card();
    if (!file) return { findings: [error('the card names no golden values', 'model.json')] };
    let golden: Awaited<ReturnType<typeof model.golden>>;
    try {
      golden = await model.golden();
    } catch (problem) {
      return { findings: [error((problem as Error).message, file.file)] };
    }
    const findings = Object.keys(graphs).flatMap((graph) => {
      const rows = golden?.[graph as keyof typeof graphs];
      if (!rows) return [error(`there are no golden values for the ${graph}`, file.file)];
      return rows.rows < LEAST_ROWS
        ? [
            error(
              `the ${graph} has ${rows.rows} golden rows; at least ${LEAST_ROWS} were expected`,
              file.file,
            ),
          ]
        : [];
    });
    return { findings };
  },
};
