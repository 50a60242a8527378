import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Autoencoder, gridOf } from '@latentkit/core';
import {
  EXPLORER_FILE,
  EXPLORER_FORMAT,
  type ExplorerInfo,
  POINTS_FILE,
} from '../explorer-info.ts';
import type { ExplorerItems } from '../items.ts';
import { clusterRows } from '../project/clusters.ts';
import { chooseLandmarks } from '../project/landmarks.ts';
import { nearestLandmarks } from '../project/neighbours.ts';
import { pca } from '../project/pca.ts';
import { EPOCHS, MIN_DISTANCE, umap } from '../project/umap.ts';
import { type Collected, collect, SCORE_PROTOCOL } from './collect.ts';
import { directionsOf } from './directions.ts';
import { type PointColumn, pointsFile } from './points-file.ts';
import { ThumbnailSheets } from './thumbnail-sheets.ts';

export interface ExplorerProgress {
  readonly stage: 'embedding' | 'neighbours' | 'projecting';
  /** Items, or epochs of the projection. */
  readonly done: number;
  readonly total: number;
}

export interface DataOptions {
  /** The label of all items, for a conditional model whose labels the items do not have. */
  readonly condition?: string | undefined;
  /** Of what is drawn: landmarks, projection, clusters; 1 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExplorerProgress) => void) | undefined;
}

/** Items that UMAP looks at; the rest is placed among them. */
const LANDMARKS = 10_000;
const NEIGHBOURS = 15;
const CLUSTERS = 8;
/** Variance of an embedding's dimension beyond which it counts as used (Burda et al. 2016, §5.2). */
const ACTIVE = 0.01;

/** Writes `explorer.json`, `points.parquet` and the thumbnails into a folder that is there. */
export async function writeData(
  folder: string,
  model: Autoencoder,
  items: ExplorerItems,
  { condition, seed = 1, signal, onProgress }: DataOptions,
): Promise<ExplorerInfo> {
  const { card } = model;
  const grid = gridOf(card);
  const { size } = card.latent;
  const tell = (stage: ExplorerProgress['stage']) => (done: number, total: number) =>
    onProgress?.({ stage, done, total });
  const sheets = new ThumbnailSheets(folder, card);
  const all = await collect(model, items, sheets, {
    condition,
    signal,
    onProgress: tell('embedding'),
  });
  const thumbnails = await sheets.finish();
  const { vectors } = all;
  const count = all.ids.length;
  const landmarks = chooseLandmarks(count, LANDMARKS, seed);
  const k = Math.min(NEIGHBOURS, landmarks.length - 1);
  const neighbours = await nearestLandmarks(vectors, size, landmarks, {
    k,
    signal,
    onProgress: tell('neighbours'),
  });
  const map = await umap(vectors, size, landmarks, neighbours, {
    seed,
    signal,
    onProgress: tell('projecting'),
  });
  const axes = pca(vectors, size);
  const clusters = clusterRows(vectors, size, landmarks, { count: CLUSTERS, seed });
  const factors = factorColumns(items, all);
  const column = (values: Float32Array, axis: number) =>
    Float32Array.from({ length: count }, (_, i) => values[2 * i + axis] as number);
  const columns: PointColumn[] = [
    { name: 'id', type: 'text', values: all.ids },
    ...(all.labels
      ? [
          {
            name: 'label',
            type: 'text',
            values: Array.from(all.labels, (label) => items.labelNames[label] as string),
          } as const,
        ]
      : []),
    ...factors.map(({ column, values }) => ({ name: column, type: 'float', values }) as const),
    { name: 'score', type: 'float', values: all.scores },
    { name: 'error', type: 'float', values: all.errors },
    { name: 'cluster', type: 'int', values: clusters },
    { name: 'umap_x', type: 'float', values: column(map, 0) },
    { name: 'umap_y', type: 'float', values: column(map, 1) },
    { name: 'pca_x', type: 'float', values: column(axes.points, 0) },
    { name: 'pca_y', type: 'float', values: column(axes.points, 1) },
    {
      // In the form in which embedding-atlas takes neighbours.
      name: 'neighbours',
      parts: [
        { name: 'ids', type: 'int', values: neighbours.rows, list: k },
        { name: 'distances', type: 'float', values: neighbours.distances, list: k },
      ],
    },
    { name: 'vector', type: 'float', values: vectors, list: size },
  ];
  await writeFile(join(folder, POINTS_FILE), pointsFile(columns, count));
  const dimensions = dimensionsOf(all, size);
  const info: ExplorerInfo = {
    format: EXPLORER_FORMAT,
    data: items.name,
    model: { name: card.name, space: model.space },
    count,
    size,
    points: POINTS_FILE,
    projections: [
      {
        name: 'umap',
        columns: ['umap_x', 'umap_y'],
        protocol: `UMAP of ${landmarks.length} items, ${k + 1} neighbours, least distance ${MIN_DISTANCE}, ${EPOCHS} epochs, seed ${seed}${landmarks.length < count ? '; the others at the weighted mean of their nearest' : ''}`,
      },
      {
        name: 'pca',
        columns: ['pca_x', 'pca_y'],
        protocol: `principal components, with ${axes.explained.map((share) => `${(100 * share).toFixed(1)} %`).join(' and ')} of the variance`,
      },
    ],
    neighbours: { k, landmarks: landmarks.length },
    labels: all.labels ? items.labelNames : [],
    factors: factors.map(({ values: _, ...factor }) => factor),
    clusters: CLUSTERS,
    dimensions,
    activeUnits: dimensions.filter(({ variance }) => variance > ACTIVE).length,
    ...(grid && all.codesUsed !== undefined
      ? { codes: { used: all.codesUsed, of: grid.codes } }
      : {}),
    directions: directionsOf(card, items, all),
    thumbnails,
    score: { protocol: SCORE_PROTOCOL, ...thresholdOf(card.latentSpace) },
  };
  await writeFile(join(folder, EXPLORER_FILE), `${JSON.stringify(info, null, 1)}\n`);
  return info;
}

function factorColumns({ factorNames }: ExplorerItems, { factors, ids }: Collected) {
  const width = factorNames.length;
  return factorNames.map((name, f) => {
    const values = Float32Array.from(ids, (_, i) => factors?.[i * width + f] ?? Number.NaN);
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return { name, column: `factor_${name}`, low, high, values };
  });
}

function dimensionsOf({ vectors, kl }: Collected, size: number) {
  const n = vectors.length / size;
  return Array.from({ length: size }, (_, i) => {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < n; row++) sum += vectors[row * size + i] as number;
    const mean = sum / n;
    for (let row = 0; row < n; row++) {
      squares += ((vectors[row * size + i] as number) - mean) ** 2;
    }
    const variance = squares / n;
    return kl ? { mean, variance, kl: kl[i] as number } : { mean, variance };
  });
}

function thresholdOf(space: Autoencoder['card']['latentSpace']) {
  const found = space?.thresholds?.find(({ score }) => score === 'elbo');
  return found ? { threshold: found.value } : {};
}
