import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { describeHistory, drawLossChart, PRINT_PALETTE } from './loss-chart.ts';
import { svgToPng } from './png.ts';

const terms = (loss: number) => ({ loss, reconstruction: loss * 0.8, kl: loss * 0.2 });
const falling = (count: number) =>
  Array.from({ length: count }, (_, i) => terms(500 / (1 + i / 10)));

describe('drawLossChart', () => {
  test('draws three lines, a dot for each test, and says so in words', () => {
    const history = { batches: falling(100), tests: [terms(120), terms(90)] };
    const svg = drawLossChart(history, PRINT_PALETTE);
    expect(svg.match(/<path /g)).toHaveLength(3);
    expect(svg.match(/<circle /g)).toHaveLength(2);
    expect(svg).toContain(
      'aria-label="The training loss falls from 500 to 46 nats an item over 2 epochs; the test loss after each epoch is 120.0, 90.0."',
    );
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('averages more batches than there is room for', () => {
    const svg = drawLossChart({ batches: falling(50_000), tests: [terms(1)] }, PRINT_PALETTE);
    expect(svg.length).toBeLessThan(30_000);
  });

  test('keeps labels of lines that end close to each other apart', () => {
    const close = { loss: 10, reconstruction: 9.9, kl: 0.1 };
    const svg = drawLossChart({ batches: [terms(500), close], tests: [close] }, PRINT_PALETTE);
    const heights = [...svg.matchAll(/y="([\d.]+)"[^>]*font-weight/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(3);
    for (const [i, y] of heights.entries()) {
      if (i > 0) expect(y - (heights[i - 1] as number)).toBeGreaterThanOrEqual(16);
    }
  });

  test('keeps losses below 0 within the plot', () => {
    const below = [terms(800), { loss: -1200, reconstruction: -1500, kl: 300 }];
    const svg = drawLossChart({ batches: below, tests: below }, PRINT_PALETTE);
    const heights = [...svg.matchAll(/(?:[ML][\d.]+ |cy=")(-?[\d.]+)/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(8);
    for (const y of heights) expect(y >= 20 && y <= 276).toBe(true);
  });

  test('ends the scale near what is usual, and says what lies beyond', () => {
    const spiked = [
      terms(352_247),
      terms(90_000),
      ...Array.from({ length: 40 }, () => terms(5000)),
    ];
    const history = { batches: spiked, tests: [terms(120_000), terms(5200), terms(5100)] };
    const svg = drawLossChart(history, PRINT_PALETTE);
    expect(svg).toContain('>nats an item (beyond the scale: up to 352,247)</text>');
    const ticks = [...svg.matchAll(/text-anchor="end">(\d+)</g)].map(([, tick]) => Number(tick));
    expect(Math.max(...ticks)).toBe(6000);
    expect(svg.match(/<circle /g)).toHaveLength(2);
    const usual = drawLossChart({ batches: falling(100), tests: [] }, PRINT_PALETTE);
    expect(usual).toContain('>nats an item</text>');
  });

  test.each([-3162, -316_228])(
    'has room for names and scales of %d nats',
    async (reconstruction) => {
      const last = { loss: reconstruction + 99_999, reconstruction, kl: 99_999 };
      const svg = drawLossChart({ batches: [terms(800), last], tests: [last] }, PRINT_PALETTE);
      const { data, info } = await sharp(await svgToPng(svg))
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      for (const x of [0, info.width - 1]) {
        const column = Array.from({ length: info.height }, (_, y) => data[y * info.width + x]);
        expect(Math.min(...(column as number[]))).toBe(255);
      }
    },
  );

  test('stays whole without any batch, and becomes a PNG', async () => {
    const svg = drawLossChart({ batches: [], tests: [] }, PRINT_PALETTE);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect((await svgToPng(svg)).subarray(1, 4).toString()).toBe('PNG');
    expect(describeHistory({ batches: [], tests: [] })).toContain('over 0 epochs');
  });
});
