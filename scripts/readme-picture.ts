/**
 * Draws docs/images/quickstart.png from what `npm start` left in out/:
 *
 *     npm start && npx tsx --conditions=latentkit-source scripts/readme-picture.ts
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { rasterToPng } from '../packages/cli/src/report/png.ts';
import { drawSheet } from '../packages/cli/src/report/sheet.ts';
import { readItems } from '../packages/data/src/index.ts';
import { loadAutoencoder } from '../packages/node/src/index.ts';
import { loadDataset } from '../training/src/index.ts';

const ROOT = resolve(import.meta.dirname, '..');
const COLUMNS = 8;
const ROWS = 4;
const GAP = 28;
const CAPTION = 46;
const BACKGROUND = '#0d0f1a';

const vae = await loadAutoencoder(resolve(ROOT, 'out/model'));
const { test } = await loadDataset({ name: 'strokes', trainCount: 1, testCount: 1_000 });
const { shape, range } = vae.card.item;
const itemShape = shape as unknown as [number, number, number];
const size = itemShape.reduce((product, dim) => product * dim, 1);
const items = (count: number, from = 0) => readItems(test, from, from + count);
const rowsOf = (values: Float32Array, row: number) =>
  values.subarray(row * COLUMNS * size, (row + 1) * COLUMNS * size);

const originals = items(2 * COLUMNS);
const reconstructed = (await vae.reconstruct(originals)).mean.data;
const samples = (await vae.sample(COLUMNS * ROWS, { seed: 1, temperature: 0.9 })).mean.data;
const paths: Float32Array[] = [];
for (const [from, to] of [
  [3, 8],
  [4, 9],
  [1, 7],
  [0, 6],
] as const) {
  const [a, b] = [from, to].map((label) => items(1, test.labels.indexOf(label))) as [
    Float32Array,
    Float32Array,
  ];
  paths.push((await vae.interpolate(a, b, { steps: COLUMNS, path: 'slerp' })).mean.data);
}
await vae.dispose();

const panels = [
  {
    caption: 'reconstruct',
    parts: [0, 1].flatMap((row) => [rowsOf(originals, row), rowsOf(reconstructed, row)]),
  },
  { caption: 'sample', parts: [samples] },
  { caption: 'interpolate', parts: paths },
];
const sheets = panels.map(({ caption, parts }) => ({
  caption,
  raster: drawSheet(Float32Array.from(parts.flatMap((part) => [...part])), {
    itemShape,
    range: range as [number, number],
    columns: COLUMNS,
    scale: 2,
  }),
}));
const { width: panelWidth, height: panelHeight } = (sheets[0] as (typeof sheets)[number]).raster;
const width = panels.length * panelWidth + (panels.length + 1) * GAP;
const height = panelHeight + CAPTION + GAP;
const left = (panel: number) => GAP + panel * (panelWidth + GAP);
const captions = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="17" fill="#fcf7eb">
<rect width="${width}" height="${height}" fill="${BACKGROUND}"/>
${sheets.map(({ caption }, i) => `<text x="${left(i) + 2}" y="30">${caption}</text>`).join('')}
</svg>`;
await mkdir(resolve(ROOT, 'docs/images'), { recursive: true });
await sharp(Buffer.from(captions))
  .composite(
    await Promise.all(
      sheets.map(async ({ raster }, i) => ({
        input: await rasterToPng(raster),
        left: left(i),
        top: CAPTION,
      })),
    ),
  )
  .png({ palette: true, compressionLevel: 9 })
  .toFile(resolve(ROOT, 'docs/images/quickstart.png'));
