import { formatDecimals } from '../format.ts';
import { drawFrame, drawText } from './chart.ts';
import type { ChartPalette } from './loss-chart.ts';

const PLOT = { left: 52, right: 744, top: 16, bottom: 184 };
const SIZE = { width: 760, height: 220, plot: PLOT };

/** The KL of each dimension of a latent as bars, the largest first, as SVG. */
export function drawKlChart(klByDimension: readonly number[], palette: ChartPalette): string {
  const values = [...klByDimension].sort((a, b) => b - a);
  const top = Math.max(values[0] ?? 0, 1e-3);
  const total = values.reduce((sum, value) => sum + value, 0);
  const step = (PLOT.right - PLOT.left) / Math.max(1, values.length);
  const bars = values.map((value, i) => {
    const height = (value / top) * (PLOT.bottom - PLOT.top);
    const [x, y] = [PLOT.left + i * step, PLOT.bottom - height];
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(0.8 * step).toFixed(2)}" height="${height.toFixed(1)}" fill="${palette.kl}"/>`;
  });
  const text = (x: number, y: number, content: string, anchor: 'middle' | 'end') =>
    drawText(x, y, content, { colour: palette.muted, anchor });
  const words = `The KL of ${values.length} dimensions, from ${formatDecimals(top, 2)} nats down to ${formatDecimals(values.at(-1) ?? 0, 2)}, ${formatDecimals(total, 1)} in all.`;
  const below = `nats of each of ${values.length} dimensions, the largest first; ${formatDecimals(total, 1)} in all`;
  return drawFrame({ ...SIZE, colours: palette }, words, [
    `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${PLOT.bottom}" y2="${PLOT.bottom}" stroke="${palette.grid}"/>`,
    ...bars,
    text(PLOT.left - 10, PLOT.top + 6, formatDecimals(top, 1), 'end'),
    text(PLOT.left - 10, PLOT.bottom + 4, '0', 'end'),
    text((PLOT.left + PLOT.right) / 2, SIZE.height - 12, below, 'middle'),
  ]);
}
