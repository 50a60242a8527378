import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeStrokes } from '@latentkit/data';
import { loadDataset } from './data/load-dataset.ts';
import { exportModel } from './export/export-model.ts';
import { checkFigures } from './judge/check-figures.ts';
import { evaluate } from './judge/evaluate.ts';
import { measureModel } from './judge/measure.ts';
import { resumeTraining, train } from './run/train.ts';
import { errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from './testing.ts';

afterAll(removeTemporaryFolders);

/** No folder of these is there: what is looked at before it is read, is refused first. */
const absent = join(temporaryFolder(), 'absent');
const paths = { runDir: absent, outDir: join(absent, 'model') };
const data = makeStrokes(1, 1, 1);

describe('refused before any work', () => {
  test.each<[string, (value: never) => Promise<unknown>]>([
    ['onEvent', (onEvent) => train(smallRun(absent), { onEvent })],
    ['clock', (clock) => train(smallRun(absent), { clock })],
    ['onEvent', (onEvent) => resumeTraining({ runDir: absent }, { onEvent })],
    ['clock', (clock) => resumeTraining({ runDir: absent }, { clock })],
    ['onPhase', (onPhase) => exportModel({ ...paths, onPhase })],
    ['onMeasure', (onMeasure) => measureModel(absent, { data, onMeasure })],
    ['onProgress', (onProgress) => evaluate(absent, { onProgress })],
    ['onProgress', (onProgress) => loadDataset({ name: 'strokes', onProgress })],
    ['onPrepare', (onPrepare) => loadDataset({ name: 'strokes', onPrepare })],
    ['onFound', (onFound) => loadDataset({ name: 'strokes', onFound })],
  ])('%s that is no function (%#)', async (name, call) => {
    const error = await errorOf(() => call(5 as never));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toBe(`${name}: expected a function, received 5.`);
    expect(existsSync(absent)).toBe(false);
  });

  test.each<[string, (value: never) => Promise<unknown>]>([
    ['overwrite', (overwrite) => train(smallRun(absent), { overwrite })],
    ['fp16', (fp16) => exportModel({ ...paths, fp16 })],
    ['int8', (int8) => exportModel({ ...paths, int8 })],
    ['evaluate', (evaluate) => exportModel({ ...paths, evaluate })],
    ['nll', (nll) => checkFigures(absent, { nll })],
  ])('%s that is no flag', async (name, call) => {
    for (const value of ['false', 0, 'yes', null]) {
      const error = await errorOf(() => call(value as never));
      expect(error.code).toBe('invalid-argument');
      expect(error.message).toMatch(new RegExp(`^${name}: expected true or false, received `));
      expect(existsSync(absent)).toBe(false);
    }
  });

  test.each<[string, unknown]>([
    ['name', 5],
    ['name', ' '],
    ['description', 5],
    ['dataDir', 5],
    ['dataset', 5],
  ])('%s of an export that is %j', async (name, value) => {
    const error = await errorOf(() => exportModel({ ...paths, [name]: value }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(new RegExp(`^${name}: expected `));
  });
});
