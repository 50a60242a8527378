import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { hasNativeHalf } from './backends/tfjs-node.ts';
import type { Checkpoint } from './run/folder/checkpoint.ts';
import { resolveConfig, type TrainConfig } from './settings/config.ts';

/** Helpers of this package's tests. */

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-training-'));
  folders.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** Whether tfjs-node can be loaded on this machine. */
export function nativeHalfIsHere(): boolean {
  try {
    const manifest = createRequire(__filename).resolve('@tensorflow/tfjs-node/package.json');
    return hasNativeHalf(dirname(manifest));
  } catch {
    return false;
  }
}

/** A run of a fraction of a second. */
export function smallRun(runDir: string, changes: Partial<TrainConfig> = {}): TrainConfig {
  return {
    runDir,
    data: { name: 'strokes', trainCount: 120, testCount: 30 },
    backend: 'wasm',
    latentSize: 3,
    hiddenSizes: [16],
    batchSize: 25,
    epochs: 2,
    ...changes,
  };
}

/** The code of the LatentkitError that a call ends in. */
export async function codeOf(call: () => unknown): Promise<string> {
  return (await errorOf(call)).code;
}

export async function errorOf(call: () => unknown): Promise<LatentkitError> {
  try {
    await call();
  } catch (error) {
    if (LatentkitError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('The call did not fail.');
}

const TERMS = { loss: 0.1 + 0.2, reconstruction: 1 / 3, kl: 1e-300 };

/** A checkpoint with a bit of everything that one holds. */
export function sampleCheckpoint(runDir: string, weight = 0.1): Checkpoint {
  return {
    config: resolveConfig(smallRun(runDir)),
    engine: 'tfjs',
    backend: 'wasm',
    dataProvenance: 'somewhere',
    progress: {
      epochsDone: 1,
      stepInEpoch: 2,
      step: 7,
      sums: { ...TERMS, items: 50 },
      history: [{ epoch: 1, step: 5, train: TERMS, test: TERMS }],
      logBytes: 99,
    },
    state: new Map([['w', { shape: [2], data: Float32Array.of(weight, 2) }]]),
  };
}
