import { type Check, error, type Finding } from '../../check.ts';
import { sampleResults } from '../../model/sample.ts';
import { short } from '../../numbers/format.ts';

/** How far the error of a few items may be from the card's, either way, before the card is not believed. */
const FACTOR = 10;

export const cardFigures: Check = {
  id: 'card/figures',
  summary:
    'the figures on the card are possible, and the reconstruction error is that of the model',
  remedy: 'Measure the model again: latentkit measure.',
  needs: [
    'card/valid',
    'card/hash',
    'graph/inputs',
    'graph/outputs',
    'graph/shape',
    'graph/strict',
  ],
  async run(model) {
    const { metrics } = await model.card();
    const findings: Finding[] = [];
    for (const { name, value, unit } of metrics) {
      if (value < 0 && /KL|MSE|MAE|distance|units/.test(name)) {
        findings.push(error(`${name} is ${value}; it is never negative`, 'model.json'));
      }
      if (/AUROC|accuracy|SSIM/.test(name) && !/%|percent/.test(unit) && value > 1) {
        findings.push(error(`${name} is ${value}; it is at most 1`, 'model.json'));
      }
    }
    const stated = metrics.find(({ name }) => name === 'reconstruction MSE')?.value;
    const measured = stated === undefined ? undefined : await sampleResults(model);
    const reconstruction = measured?.reconstruction;
    if (stated === undefined || reconstruction === undefined) return { findings };
    const ratio = reconstruction / stated;
    if (!(ratio < FACTOR && ratio > 1 / FACTOR)) {
      const message = `the card states a reconstruction MSE of ${short(stated)}, the golden items come to ${short(reconstruction)}`;
      findings.push(error(message, 'model.json'));
    }
    return { findings, measured: { 'reconstruction MSE': reconstruction } };
  },
};
