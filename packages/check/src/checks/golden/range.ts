import { type Check, error, type Finding } from '../../check.ts';
import { short } from '../../numbers/format.ts';

export const goldenRange: Check = {
  id: 'golden/range',
  summary:
    'golden items fill the range that the card states, and golden outputs are finite numbers',
  remedy:
    'State the range that the model was trained on, and export or adopt the model again: that makes golden values anew.',
  needs: ['golden/shapes'],
  async run(model) {
    const { golden: file, item, likelihood } = await model.card();
    const golden = await model.golden();
    const findings: Finding[] = [];
    const say = (message: string) => findings.push(error(message, file?.file));
    const x = golden?.encoder?.inputs['x'];
    if (x) {
      const [least, greatest] = endsOf(x.data as Float32Array);
      const [low, high] = item.range;
      const slack = 1e-6 * (high - low);
      if (!(Math.abs(least - low) <= slack && Math.abs(greatest - high) <= slack)) {
        say(
          `golden items are ${short(least)} to ${short(greatest)}, the card states ${low} to ${high}`,
        );
      }
    }
    for (const [graph, rows] of Object.entries(golden ?? {})) {
      for (const [name, { data }] of Object.entries({ ...rows?.inputs, ...rows?.outputs })) {
        const [least, greatest] = endsOf(data as Float32Array);
        if (!Number.isFinite(least) || !Number.isFinite(greatest)) {
          say(`${graph}: '${name}' holds ${Number.isFinite(least) ? greatest : least}`);
        }
        const bounded = likelihood?.kind !== 'gaussian' && graph === 'decoder' && name === 'mean';
        if (bounded && (least < 0 || greatest > 1)) {
          say(`decoded means are ${short(least)} to ${short(greatest)}, expected 0 to 1`);
        }
      }
    }
    return { findings };
  },
};

/** The least and the greatest; NaN where one of the values is. */
function endsOf(values: Float32Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}
