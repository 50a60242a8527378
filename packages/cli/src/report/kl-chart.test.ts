import { expect, test } from '@jest/globals';
import { drawKlChart } from './kl-chart.ts';
import { PRINT_PALETTE } from './loss-chart.ts';

const heightsOf = (svg: string) =>
  [...svg.matchAll(/height="([\d.]+)" fill="#c2581b"/g)].map(([, height]) => Number(height));

test('draws a bar for each dimension, the largest first, and says so in words', () => {
  const svg = drawKlChart([0.5, 4, 2], PRINT_PALETTE);
  expect(heightsOf(svg)).toEqual([168, 84, 21]);
  expect(svg).toContain(
    'aria-label="The KL of 3 dimensions, from 4.00 nats down to 0.50, 6.5 in all."',
  );
});

test('says how much it is where that is little', () => {
  const svg = drawKlChart([0.0042, 0.001], PRINT_PALETTE);
  expect(svg).toContain('from 0.0042 nats down to 0.001, 0.0052 in all.');
  expect(svg).toContain('>0.0042</text>');
  expect(svg).not.toMatch(/\b0\.0+\b/);
});

test('a latent that carries nothing has bars of no height', () => {
  expect(heightsOf(drawKlChart([0, 0], PRINT_PALETTE))).toEqual([0, 0]);
});
