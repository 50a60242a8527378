import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { dataOfRun, modelData } from './model-data.ts';

const card = (dataset: string) =>
  ({
    item: { shape: [24, 48, 3], layout: 'HWC', range: [0, 1] },
    preprocessing: { scale: 1 / 255, offset: 0, fit: 'contain', background: [255, 0, 10] },
    provenance: { dataset },
  }) as unknown as ModelCard;

const items = { image: '24x48', colour: 'rgb', fit: 'contain', background: '#ff000a' };

test('files become items as the card says, wherever they are', () => {
  const files = { name: 'files', ...items };
  expect(modelData(card('photos'), { data: './other' })).toEqual({ ...files, dataDir: './other' });
  expect(modelData(card('photos'), { dataDir: 'photos', testShare: 0.2 })).toEqual({
    ...files,
    dataDir: 'photos',
    testShare: 0.2,
  });
});

test('names are as they were', () => {
  expect(modelData(card('strokes'), {})).toEqual({ name: 'strokes' });
  expect(modelData(card('mnist'), { dataDir: '/data' })).toEqual({
    name: 'mnist',
    dataDir: '/data',
  });
  expect(modelData(card('strokes'), { data: 'mnist' })).toEqual({ name: 'mnist' });
});

test('of files the card names, it does not know the place', () => {
  expect(() => modelData(card('photos'), {})).toThrow(
    "--data: expected the path of the pictures, --data ./pictures. The model was trained on some called 'photos', which is " +
      'no file or folder here, and its card does not say where they are.',
  );
});

test('of files the card names, an archive or arrays that lie here are found by their own name', async () => {
  const [folder, before] = [mkdtempSync(join(tmpdir(), 'latentkit-model-data-')), process.cwd()];
  process.chdir(folder);
  try {
    writeFileSync('f255.npy', '');
    writeFileSync('f255-more.npy', '');
    expect(modelData(card('f255'), {})).toMatchObject({ name: 'files', dataDir: './f255.npy' });
    writeFileSync('f255.tar.gz', '');
    expect(() => modelData(card('f255'), {})).toThrow(/which is no file or folder here/);
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true });
  }
});

test('of a model, or a run, of arrays it says that a program has them, and what to call', () => {
  const table = card('table');
  const ofArrays = {
    ...table,
    provenance: { ...table.provenance, command: "train({ runDir, data, engine: 'onnx' })" },
  };
  expect(() => modelData(ofArrays, {})).toThrow(
    /trained on arrays of a program, called 'table', which no command can load.* measureModel\(/,
  );
  expect(modelData(ofArrays, { data: './files' })).toMatchObject({ dataDir: './files' });
  expect(() => dataOfRun('runs/mine', { name: 'arrays' }, {})).toThrow(
    /The run in runs\/mine was trained on arrays of a program.* exportModel\(\{ runDir, outDir, dataset \}\)/,
  );
});

test('what is said of files goes to them, and nothing that was not said', () => {
  const flags = { testShare: 0.2, group: '^a', maxBad: 0.03 };
  const files = { name: 'files', ...items, dataDir: 'photos' };
  expect(modelData(card('photos'), { dataDir: 'photos', ...flags })).toEqual({
    ...files,
    ...flags,
  });
});

test('a run has its own data and split, but for what is given', () => {
  const own = { name: 'files', dataDir: '/then', group: '^a', maxBad: 0.03 } as const;
  expect(dataOfRun('run', own, {})).toEqual(own);
  expect(dataOfRun('run', own, { data: './now' })).toEqual({ ...own, dataDir: './now' });
  expect(dataOfRun('run', own, { dataDir: 'now', maxBad: 0.5 })).toEqual({
    ...own,
    dataDir: 'now',
    maxBad: 0.5,
  });
  expect(dataOfRun('run', { name: 'strokes', seed: 3 }, { data: 'strokes' })).toEqual({
    name: 'strokes',
    seed: 3,
  });
  // Other data than the run's.
  expect(dataOfRun('run', own, { data: 'mnist' })).toBeUndefined();
});
