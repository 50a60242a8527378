import { type Check, error } from '../../check.ts';

/** Two roundings of float32 apart: no runtime that adds in another order keeps less. */
const LEAST = 2 ** -22;

export const cardTolerance: Check = {
  id: 'card/tolerance',
  summary: 'the tolerances on the card are such as a runtime can keep, and excuse no mistake',
  remedy: 'State what was measured, rounded up; raise largestTolerance only with a reason.',
  needs: ['card/valid'],
  async run(model) {
    const { tolerance } = await model.card();
    const { largestTolerance } = model.settings;
    const findings = Object.entries(tolerance).flatMap(([device, value]) => {
      if (value > largestTolerance) {
        return [
          error(
            `the tolerance of ${device} is ${value}, at most ${largestTolerance} is believed`,
            'model.json',
          ),
        ];
      }
      return value < LEAST
        ? [
            error(
              `the tolerance of ${device} is ${value}, which rounding alone exceeds`,
              'model.json',
            ),
          ]
        : [];
    });
    if (tolerance['cpu'] === undefined) {
      findings.push(error('there is no tolerance for the cpu', 'model.json'));
    }
    return { findings };
  },
};
