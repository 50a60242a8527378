import type { Terms } from '@latentkit/training';
import { drawLines, niceTicks } from './chart.ts';

export interface LossHistory {
  /** Terms of training batches, in order. */
  readonly batches: readonly Terms[];
  /** Terms on the test items after each epoch. */
  readonly tests: readonly Terms[];
}

/** Colours of a chart: CSS colours, or `var(--…)` where a style sheet decides. */
export interface ChartPalette {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly loss: string;
  readonly reconstruction: string;
  readonly kl: string;
}

export const PRINT_PALETTE: ChartPalette = {
  background: '#ffffff',
  text: '#1b1e30',
  muted: '#6a6f85',
  grid: '#e4e5ec',
  loss: '#3d4fd6',
  reconstruction: '#0c8a76',
  kl: '#c2581b',
};

const WIDTH = 760;
/** What a character takes at most: a figure of DejaVu Sans, the widest of the fonts, upright and bold. */
const FIGURE = { upright: 7.7, bold: 8.4 };
/** More points than this add ink, not information: neighbours are averaged. */
const MAX_POINTS = 240;

const SERIES = [
  { key: 'loss', name: 'loss' },
  { key: 'reconstruction', name: 'reconstruction' },
  { key: 'kl', name: 'KL' },
] as const;

/** Draws how the loss and its two parts fell, as SVG: batches as lines, tests as dots. */
export function drawLossChart(history: LossHistory, palette: ChartPalette): string {
  const points = average(history.batches);
  const epochs = Math.max(1, history.tests.length);
  const values = [
    ...points.flatMap(({ loss, reconstruction, kl }) => [loss, reconstruction, kl]),
    ...history.tests.map(({ loss }) => loss),
  ];
  const epochStep = Math.ceil(epochs / 10);
  const marked = Array.from(
    { length: Math.floor(epochs / epochStep) + 1 },
    (_, i) => i * epochStep,
  );
  const top = topOf(points, history.tests);
  const highest = Math.max(top, ...values);
  const beyond =
    highest > top ? ` (beyond the scale: up to ${Math.round(highest).toLocaleString('en')})` : '';
  const labels = SERIES.map(({ key, name }) => `${name} ${points.at(-1)?.[key].toFixed(0)}`);
  // Densities may be above 1, and their losses below 0.
  const ticks = niceTicks(top, Math.min(0, ...values));
  const left = 14 + FIGURE.upright * longest(ticks.map(String));
  const right = WIDTH - 18 - FIGURE.bold * longest(labels);
  return drawLines({
    width: WIDTH,
    height: 320,
    plot: { left: Math.max(52, left), right: Math.min(616, right), top: 24, bottom: 276 },
    colours: palette,
    words: describeHistory(history),
    title: `nats an item${beyond}`,
    below: 'epochs (dots: loss on the test items)',
    ticks,
    places: marked.map((epoch) => ({ at: epoch / epochs, text: String(epoch) })),
    lines: SERIES.map(({ key }, line) => ({
      points: points.map((terms, i) => ({ at: (i + 1) / points.length, value: terms[key] })),
      colour: palette[key],
      label: labels[line] as string,
    })),
    dots: history.tests.flatMap(({ loss }, i) =>
      loss > (ticks.at(-1) as number)
        ? []
        : [{ at: (i + 1) / epochs, value: loss, colour: palette.loss }],
    ),
  });
}

/** Of three points two are shown whole, and of the others what is no more than so many times as high. */
const HIGHER = 5;

/** Where the scale ends: a loss that began a hundred times as high would press all others to one line. */
function topOf(points: readonly Terms[], tests: readonly Terms[]): number {
  const peaks = points
    .map(({ loss, reconstruction, kl }) => Math.max(loss, reconstruction, kl))
    .sort((a, b) => a - b);
  const usual = peaks[Math.ceil((2 / 3) * peaks.length) - 1] ?? 0;
  const most = peaks.length < 3 || usual <= 0 ? Number.POSITIVE_INFINITY : HIGHER * usual;
  const heights = [...peaks, ...tests.map(({ loss }) => loss)];
  return Math.max(1, ...heights.filter((value) => value <= most));
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}

/** The chart in words, for those who do not see it. */
export function describeHistory({ batches, tests }: LossHistory): string {
  const first = batches[0]?.loss ?? 0;
  const last = batches.at(-1)?.loss ?? 0;
  const dots = tests.map(({ loss }) => loss.toFixed(1)).join(', ');
  return `The training loss falls from ${first.toFixed(0)} to ${last.toFixed(0)} nats an item over ${tests.length} epochs; the test loss after each epoch is ${dots}.`;
}

function average(terms: readonly Terms[]): Terms[] {
  const size = Math.ceil(terms.length / MAX_POINTS);
  const count = size === 0 ? 0 : Math.ceil(terms.length / size);
  return Array.from({ length: count }, (_, i) => {
    const part = terms.slice(i * size, (i + 1) * size);
    const mean = (key: keyof Terms) => part.reduce((sum, item) => sum + item[key], 0) / part.length;
    return { loss: mean('loss'), reconstruction: mean('reconstruction'), kl: mean('kl') };
  });
}
