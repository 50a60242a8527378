import type { Terms } from '@latentkit/training';

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
const HEIGHT = 320;
const PLOT = { left: 52, right: 616, top: 20, bottom: 276 };
/** More points than this add ink, not information: neighbours are averaged. */
const MAX_POINTS = 240;

const SERIES = [
  { key: 'loss', label: 'loss' },
  { key: 'reconstruction', label: 'reconstruction' },
  { key: 'kl', label: 'KL' },
] as const;

/** Draws how the loss and its two parts fell, as SVG: batches as lines, tests as dots. */
export function drawLossChart(history: LossHistory, palette: ChartPalette): string {
  const points = average(history.batches);
  const epochs = Math.max(1, history.tests.length);
  const values = [
    ...points.flatMap(({ loss, reconstruction, kl }) => [loss, reconstruction, kl]),
    ...history.tests.map(({ loss }) => loss),
  ];
  // Densities may be above 1, and their losses below 0.
  const ticks = niceTicks(Math.max(1, ...values), Math.min(0, ...values));
  const [lowest, highest] = [ticks[0] as number, ticks.at(-1) as number];
  const x = (epoch: number) => PLOT.left + (epoch / epochs) * (PLOT.right - PLOT.left);
  const y = (value: number) =>
    PLOT.bottom - ((value - lowest) / (highest - lowest)) * (PLOT.bottom - PLOT.top);
  const text = (left: number, at: number, content: string, extra = '') =>
    `<text x="${round(left)}" y="${round(at)}" fill="${palette.muted}" ${extra}>${content}</text>`;

  const grid = ticks.map(
    (tick) =>
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${round(y(tick))}" y2="${round(y(tick))}" stroke="${palette.grid}"/>` +
      text(PLOT.left - 10, y(tick) + 4, String(tick), 'text-anchor="end"'),
  );
  const epochStep = Math.ceil(epochs / 10);
  const epochTicks = Array.from(
    { length: Math.floor(epochs / epochStep) + 1 },
    (_, i) => i * epochStep,
  );
  const axis = epochTicks.map((epoch) =>
    text(x(epoch), PLOT.bottom + 20, String(epoch), 'text-anchor="middle"'),
  );
  const lines = SERIES.map(({ key }) => {
    const path = points.map((terms, i) => {
      const epoch = ((i + 1) / points.length) * epochs;
      return `${i === 0 ? 'M' : 'L'}${round(x(epoch))} ${round(y(terms[key]))}`;
    });
    return `<path d="${path.join('')}" fill="none" stroke="${palette[key]}" stroke-width="2" stroke-linejoin="round"/>`;
  });
  const dots = history.tests.map(
    ({ loss }, i) =>
      `<circle cx="${round(x(i + 1))}" cy="${round(y(loss))}" r="4" fill="${palette.background}" stroke="${palette.loss}" stroke-width="2"/>`,
  );
  const last = points.at(-1);
  const labels = last
    ? spread(SERIES.map(({ key }) => y(last[key]))).map((at, i) => {
        const { key, label } = SERIES[i] as (typeof SERIES)[number];
        return `<text x="${PLOT.right + 14}" y="${round(at + 4)}" fill="${palette[key]}" font-weight="600">${label} ${last[key].toFixed(0)}</text>`;
      })
    : [];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${describeHistory(history)}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="${palette.background}"/>
${[...grid, ...axis, ...lines, ...dots, ...labels].join('\n')}
${text(PLOT.left, 12, 'nats an item')}
${text((PLOT.left + PLOT.right) / 2, HEIGHT - 6, 'epochs (dots: loss on the test items)', 'text-anchor="middle"')}
</svg>`;
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

/** From at most `bottom` to at least `top`, 0 among them, in three to seven steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(top: number, bottom = 0): number[] {
  const rough = (top - bottom) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10]
    .map((factor) => factor * power)
    .find((size) => size >= rough) as number;
  const [first, last] = [Math.floor(bottom / step + 1e-9), Math.ceil(top / step - 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Moves labels that would overlap apart, keeping their order from top to bottom. */
function spread(heights: readonly number[]): number[] {
  const order = heights
    .map((_, i) => i)
    .sort((a, b) => (heights[a] as number) - (heights[b] as number));
  const placed = [...heights];
  for (const [rank, index] of order.entries()) {
    const above = order[rank - 1];
    if (above === undefined) continue;
    placed[index] = Math.max(placed[index] as number, (placed[above] as number) + 16);
  }
  return placed;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
