import type { WholeCard } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import { drawLines, niceTicks } from '../../../packages/cli/src/report/chart.ts';
import type { DescribedModel } from './read-models.ts';

/** Models whose test losses are of one kind, and so can be drawn in one picture. */
export interface CurveGroup {
  /** Of the data and the likelihood, for a file name: `mnist-binarised`. */
  readonly key: string;
  readonly title: string;
  readonly models: readonly DescribedModel[];
}

/** Groups the models that say how their training went by what their losses measure. */
export function curveGroups(models: readonly DescribedModel[]): CurveGroup[] {
  const groups = new Map<string, { title: string; models: DescribedModel[] }>();
  for (const model of models) {
    if (!model.curve || model.curve.epochs.length === 0) continue;
    const { key, title } = kindOf(model.card);
    const group = groups.get(key) ?? { title, models: [] };
    group.models.push(model);
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => ({ key, ...group }));
}

function kindOf({ provenance, likelihood, latent }: WholeCard): { key: string; title: string } {
  const { dataset, binarisation = 'none' } = provenance;
  // Without a prior, or with one over codes, a loss is another thing.
  const { prior } = definitionOf(latent);
  const alone = prior === 'normal' || prior === 'mixture' ? undefined : latent.kind;
  const values = binarisation === 'none' ? 'grey' : binarisation;
  const words = {
    none: 'reconstruction alone',
    learned: 'reconstruction, commitment and cross-entropy of the codes',
    normal: '',
    mixture: '',
  };
  return {
    key: [dataset, values, likelihood.kind, ...(alone ? [alone] : [])].join('-'),
    title: `${dataset}, ${binarisation === 'none' ? 'grey values' : `binarised (${binarisation})`}, ${likelihood.kind} likelihood${alone ? `: ${words[prior]}` : ''}`,
  };
}

const PLOT = { left: 56, right: 560, top: 34, bottom: 290 };
const COLOURS = [
  '#3d4fd6',
  '#0b7d6b',
  '#b34d14',
  '#a1337c',
  '#6b6f80',
  '#8a6d00',
  '#1f7fb6',
  '#7a4fb0',
];
const PAPER = { background: '#ffffff', muted: '#6a6f85', grid: '#e4e5ec' };

/**
 * Draws the loss on the test items after each epoch, a line a model, as SVG. Epochs are on a
 * logarithmic scale, on which short and long trainings both show; losses above the scale are cut off.
 */
export function drawCurves({ title, models }: CurveGroup): string {
  const lines = models.map(({ name, curve }) => ({
    name,
    points: (curve?.epochs ?? []).map(({ epoch, test }) => ({ epoch, loss: test.loss })),
  }));
  const all = lines.flatMap(({ points }) => points);
  // Half of the (logarithmic) way decides the scale: the first epochs fall by more than all others differ.
  const losses = lines.flatMap(({ points }) =>
    points.filter(({ epoch }) => epoch ** 2 >= points.length).map(({ loss }) => loss),
  );
  const last = Math.max(2, ...all.map(({ epoch }) => epoch));
  const at = (epoch: number) => Math.log(epoch) / Math.log(last);
  const svg = drawLines({
    width: 760,
    height: 340,
    plot: PLOT,
    colours: PAPER,
    words: describeCurves(title, lines),
    title: 'test loss, nats an item',
    below: 'epochs (logarithmic)',
    ticks: niceTicks(Math.max(...losses), Math.min(...losses)),
    places: epochTicks(last).map((epoch) => ({ at: at(epoch), text: String(epoch) })),
    lines: lines.map(({ name, points }, i) => ({
      points: points.map(({ epoch, loss }) => ({ at: at(epoch), value: loss })),
      colour: COLOURS[i % COLOURS.length] as string,
      label: `${name} ${points.at(-1)?.loss.toFixed(1)}`,
    })),
    dots: lines.map(({ points }, i) => {
      const end = points.at(-1) as { epoch: number; loss: number };
      return { at: at(end.epoch), value: end.loss, colour: COLOURS[i % COLOURS.length] as string };
    }),
  });
  return `${svg}\n`;
}

function describeCurves(
  title: string,
  lines: readonly { name: string; points: readonly { epoch: number; loss: number }[] }[],
): string {
  const ends = lines.map(({ name, points }) => {
    const [first, end] = [points[0], points.at(-1)];
    return `${name} from ${first?.loss.toFixed(1)} to ${end?.loss.toFixed(1)} in ${end?.epoch} epochs`;
  });
  return `Test losses (${title}): ${ends.join('; ')}.`;
}

/** 1, 2, 5, 10, 20, … to the last epoch. */
function epochTicks(last: number): number[] {
  const ticks: number[] = [];
  for (let power = 1; power <= last; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power <= last) ticks.push(factor * power);
  }
  return ticks;
}
