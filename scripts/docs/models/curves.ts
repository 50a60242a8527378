import type { WholeCard } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
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
  // Without a prior, or with a prior of its own, a loss is another thing.
  const { prior } = definitionOf(latent);
  const alone = prior === 'normal' ? undefined : latent.kind;
  const values = binarisation === 'none' ? 'grey' : binarisation;
  const words = {
    none: 'reconstruction alone',
    learned: 'reconstruction, commitment and cross-entropy of the codes',
    normal: '',
  };
  return {
    key: [dataset, values, likelihood.kind, ...(alone ? [alone] : [])].join('-'),
    title: `${dataset}, ${binarisation === 'none' ? 'grey values' : `binarised (${binarisation})`}, ${likelihood.kind} likelihood${alone ? `: ${words[prior]}` : ''}`,
  };
}

const WIDTH = 760;
const HEIGHT = 340;
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
const MUTED = '#6a6f85';

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
  const ticks = niceTicks(Math.min(...losses), Math.max(...losses));
  const [low, high] = [ticks[0] as number, ticks.at(-1) as number];
  const last = Math.max(2, ...all.map(({ epoch }) => epoch));
  const x = (epoch: number) =>
    PLOT.left + (Math.log(epoch) / Math.log(last)) * (PLOT.right - PLOT.left);
  const y = (loss: number) =>
    PLOT.bottom - ((loss - low) / (high - low)) * (PLOT.bottom - PLOT.top);
  const text = (left: number, top: number, content: string, extra = '') =>
    `<text x="${round(left)}" y="${round(top)}" fill="${MUTED}"${extra}>${content}</text>`;
  const grid = ticks.map(
    (tick) =>
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${round(y(tick))}" y2="${round(y(tick))}" stroke="#e4e5ec"/>` +
      text(PLOT.left - 8, y(tick) + 4, String(tick), ' text-anchor="end"'),
  );
  const axis = epochTicks(last).map((epoch) =>
    text(x(epoch), PLOT.bottom + 18, String(epoch), ' text-anchor="middle"'),
  );
  const labels = spread(lines.map(({ points }) => y((points.at(-1) as { loss: number }).loss)));
  const drawn = lines.map(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(
      ({ epoch, loss }, at) => `${at === 0 ? 'M' : 'L'}${round(x(epoch))} ${round(y(loss))}`,
    );
    const end = points.at(-1) as { epoch: number; loss: number };
    return [
      `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round" clip-path="url(#plot)"/>`,
      `<circle cx="${round(x(end.epoch))}" cy="${round(y(end.loss))}" r="3" fill="${colour}"/>`,
      `<text x="${PLOT.right + 14}" y="${round((labels[i] as number) + 4)}" fill="${colour}" font-weight="600">${name} ${end.loss.toFixed(1)}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${describeCurves(title, lines)}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
<clipPath id="plot"><rect x="${PLOT.left - 2}" y="${PLOT.top - 2}" width="${PLOT.right - PLOT.left + 4}" height="${PLOT.bottom - PLOT.top + 4}"/></clipPath>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${text(PLOT.left, 18, 'test loss, nats an item')}
${[...grid, ...axis, ...drawn].join('\n')}
${text((PLOT.left + PLOT.right) / 2, HEIGHT - 10, 'epochs (logarithmic)', ' text-anchor="middle"')}
</svg>
`;
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

/** From below `low` to above `high` in three to seven steps of 1, 2 or 5 times a power of ten. */
function niceTicks(low: number, high: number): number[] {
  const rough = Math.max(high - low, 1e-3) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) as number) * power;
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil(high / step) - first);
  return Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** 1, 2, 5, 10, 20, … to the last epoch. */
function epochTicks(last: number): number[] {
  const ticks: number[] = [];
  for (let power = 1; power <= last; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power <= last) ticks.push(factor * power);
  }
  return ticks;
}

/** Moves labels that would overlap apart, keeping their order from top to bottom. */
function spread(heights: readonly number[]): number[] {
  const placed = [...heights];
  const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  for (const [rank, index] of order.entries()) {
    const above = placed[order[rank - 1] ?? -1];
    if (above !== undefined) placed[index] = Math.max(placed[index] as number, above + 16);
  }
  // Pushed below the plot they would lie on the axis.
  const excess = Math.max(0, Math.max(...placed) - PLOT.bottom);
  return placed.map((height) => height - excess);
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
