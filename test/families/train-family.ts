import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type EpochRecord, exportModel, type TrainConfig, train } from '@latentkit/training';
import { FAMILY_SETUPS } from './family-setups.ts';

/** What training and export left of a small model. */
export interface TrainedFamily {
  readonly history: readonly EpochRecord[];
  /** Folder of the exported model. */
  readonly folder: string;
}

const folders: string[] = [];
const trained = new Map<string, Promise<TrainedFamily>>();

/** Trains a family's small model on a few strokes, and exports it; once in a test file. */
export function trainFamily(name: string): Promise<TrainedFamily> {
  const known = trained.get(name) ?? trainOnStrokes(FAMILY_SETUPS[name]?.config ?? {});
  trained.set(name, known);
  return known;
}

/** A model apart from those that the tests share. */
export async function trainOnStrokes(changes: Partial<TrainConfig>): Promise<TrainedFamily> {
  const root = await mkdtemp(join(tmpdir(), 'latentkit-family-'));
  folders.push(root);
  const runDir = join(root, 'run');
  const folder = join(root, 'model');
  const { history } = await train({
    runDir,
    data: { name: 'strokes', trainCount: 400, testCount: 20 },
    engine: 'onnx',
    latentSize: 4,
    hiddenSizes: [32],
    learningRate: 5e-3,
    batchSize: 40,
    epochs: 3,
    ...changes,
  });
  await exportModel({ runDir, outDir: folder, evaluate: false });
  return { history, folder };
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
