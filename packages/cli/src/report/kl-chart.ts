import type { ChartPalette } from './loss-chart.ts';

const WIDTH = 760;
const HEIGHT = 220;
const PLOT = { left: 52, right: 744, top: 16, bottom: 184 };

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
  const text = (x: number, y: number, anchor: string, content: string) =>
    `<text x="${x}" y="${y}" fill="${palette.muted}" text-anchor="${anchor}">${content}</text>`;
  const label = `The KL of ${values.length} dimensions, from ${top.toFixed(2)} nats down to ${(values.at(-1) ?? 0).toFixed(2)}, ${total.toFixed(1)} in all.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${label}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="${palette.background}"/>
<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${PLOT.bottom}" y2="${PLOT.bottom}" stroke="${palette.grid}"/>
${bars.join('\n')}
${text(PLOT.left - 10, PLOT.top + 6, 'end', top.toFixed(1))}
${text(PLOT.left - 10, PLOT.bottom + 4, 'end', '0')}
${text((PLOT.left + PLOT.right) / 2, HEIGHT - 12, 'middle', `nats of each of ${values.length} dimensions, the largest first; ${total.toFixed(1)} in all`)}
</svg>`;
}
