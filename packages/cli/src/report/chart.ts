/** What charts are made of, as SVG: the frame, texts, scales, and lines with their names beside them. */

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Where the plot lies in the frame. */
  readonly plot: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
  /** CSS colours, or `var(--…)` where a style sheet decides. */
  readonly colours: {
    readonly background: string;
    readonly muted: string;
    readonly grid: string;
  };
}

export interface LineChart extends Frame {
  /** The chart in words, for those who do not see it. */
  readonly words: string;
  /** What the values are, above the plot. */
  readonly title: string;
  /** What lies along the other axis, below it. */
  readonly below: string;
  /** Marked values, the lowest and the highest of the scale among them. */
  readonly ticks: readonly number[];
  /** Marked places along the other axis, from 0 to 1. */
  readonly places: readonly { readonly at: number; readonly text: string }[];
  readonly lines: readonly ChartLine[];
  /** Further marks, as circles. */
  readonly dots?: readonly (Point & { readonly colour: string })[] | undefined;
}

/** A place along the axis, from 0 to 1, and a value. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface ChartLine {
  readonly points: readonly Point[];
  readonly colour: string;
  /** The name, and the last value as text. */
  readonly label: string;
}

/** Draws lines whose names stand beside their ends; what lies beyond the scale is cut off. */
export function drawLines(chart: LineChart): string {
  const { plot, colours, ticks, height } = chart;
  const [low, high] = [ticks[0] as number, ticks.at(-1) as number];
  const x = (at: number) => plot.left + at * (plot.right - plot.left);
  const y = (value: number) =>
    plot.bottom - ((value - low) / (high - low)) * (plot.bottom - plot.top);
  const muted = (left: number, top: number, text: string, anchor?: Anchor) =>
    drawText(left, top, text, { colour: colours.muted, anchor });
  const grid = ticks.map(
    (tick) =>
      `<line x1="${plot.left}" x2="${plot.right}" y1="${round(y(tick))}" y2="${round(y(tick))}" stroke="${colours.grid}"/>` +
      muted(plot.left - 9, y(tick) + 4, String(tick), 'end'),
  );
  const axis = chart.places.map(({ at, text }) => muted(x(at), plot.bottom + 19, text, 'middle'));
  const drawn = chart.lines.filter(({ points }) => points.length > 0);
  const heights = apart(
    // A line that ends beyond the scale has its name at the edge.
    drawn.map(({ points }) => Math.max(plot.top, y((points.at(-1) as Point).value))),
    plot.bottom,
  );
  const lines = drawn.map(({ points, colour, label }, i) => {
    const path = points.map(
      ({ at, value }, step) => `${step === 0 ? 'M' : 'L'}${round(x(at))} ${round(y(value))}`,
    );
    return (
      `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round" clip-path="url(#plot)"/>` +
      drawText(plot.right + 14, (heights[i] as number) + 4, label, { colour, bold: true })
    );
  });
  const dots = (chart.dots ?? []).map(
    ({ at, value, colour }) =>
      `<circle cx="${round(x(at))}" cy="${round(y(value))}" r="4" fill="${colours.background}" stroke="${colour}" stroke-width="2"/>`,
  );
  const clip = `<clipPath id="plot"><rect x="${plot.left - 2}" y="${plot.top - 2}" width="${plot.right - plot.left + 4}" height="${plot.bottom - plot.top + 4}"/></clipPath>`;
  return drawFrame(chart, chart.words, [
    clip,
    ...grid,
    ...axis,
    ...lines,
    ...dots,
    muted(plot.left, plot.top - 12, chart.title),
    muted((plot.left + plot.right) / 2, height - 8, chart.below, 'middle'),
  ]);
}

/** A picture of these parts; `words` say what it shows. */
export function drawFrame(
  { width, height, colours }: Frame,
  words: string,
  parts: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${words}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="${colours.background}"/>
${parts.join('\n')}
</svg>`;
}

type Anchor = 'start' | 'middle' | 'end';

export function drawText(
  x: number,
  y: number,
  text: string,
  {
    colour,
    anchor = 'start',
    bold,
  }: { colour: string; anchor?: Anchor | undefined; bold?: boolean },
): string {
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${round(x)}" y="${round(y)}" fill="${colour}" text-anchor="${anchor}"${weight}>${text}</text>`;
}

/** From at most `bottom` to at least `top` in three to seven steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(top: number, bottom = 0): number[] {
  const rough = Math.max(top - bottom, 1e-3) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) as number) * power;
  const first = Math.floor(bottom / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(top / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Moves labels that would overlap apart, keeping their order, the lowest of them above `bottom`. */
function apart(heights: readonly number[], bottom: number): number[] {
  const placed = [...heights];
  const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  for (const [rank, index] of order.entries()) {
    const above = placed[order[rank - 1] ?? -1];
    if (above !== undefined) placed[index] = Math.max(placed[index] as number, above + 16);
  }
  // Pushed below the plot they would lie on the axis.
  const excess = Math.max(0, Math.max(...placed) - bottom);
  return placed.map((height) => height - excess);
}

export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
