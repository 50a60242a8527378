import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '@latentkit/core';
import { decodeSafetensors, encodeSafetensors } from '@latentkit/core/runtime';
import {
  codeOf,
  errorOf,
  removeTemporaryFolders,
  sampleCheckpoint,
  temporaryFolder,
} from '../../testing.ts';
import { CHECKPOINT_FILE, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';

describe('checkpoints', () => {
  afterAll(removeTemporaryFolders);

  test('come back to the last bit, and leave no other file', async () => {
    const runDir = temporaryFolder();
    const checkpoint = sampleCheckpoint(runDir);
    expect(await saveCheckpoint(checkpoint)).toBe(join(runDir, CHECKPOINT_FILE));
    expect(await loadCheckpoint(runDir)).toEqual(checkpoint);
    expect(readdirSync(runDir)).toEqual([CHECKPOINT_FILE]);
  });

  test('a run that was moved is found where it is now', async () => {
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    const path = await saveCheckpoint(sampleCheckpoint(from));
    writeFileSync(join(to, CHECKPOINT_FILE), readFileSync(path));
    expect((await loadCheckpoint(to)).config.runDir).toBe(to);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    '%s in a weight: the last good one stays',
    async (value) => {
      const runDir = temporaryFolder();
      await saveCheckpoint(sampleCheckpoint(runDir));
      const error = await errorOf(() => saveCheckpoint(sampleCheckpoint(runDir, value)));
      expect(error.code).toBe('diverged');
      expect(error.message).toMatch(/step 7.*learning rate/);
      expect(await loadCheckpoint(runDir)).toEqual(sampleCheckpoint(runDir));
    },
  );

  test('a folder in which nothing was trained yet says so', async () => {
    const { code, message } = await errorOf(() => loadCheckpoint(temporaryFolder()));
    expect(code).toBe('not-found');
    expect(message).toMatch(/nothing was trained there yet\. Train there first, without resuming/);
  });

  test('a folder without a run, a cut file, another format, no description', async () => {
    const runDir = temporaryFolder();
    expect(await codeOf(() => loadCheckpoint(runDir))).toBe('not-found');
    const path = await saveCheckpoint(sampleCheckpoint(runDir));
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 3));
    expect(await codeOf(() => loadCheckpoint(runDir))).toBe('invalid-data');
    const { tensors, metadata } = decodeSafetensors(bytes, 'file');
    writeFileSync(path, encodeSafetensors({ tensors, metadata: { ...metadata, format: '99' } }));
    expect(await codeOf(() => loadCheckpoint(runDir))).toBe('unsupported-format');
    writeFileSync(path, encodeSafetensors({ tensors, metadata: { ...metadata, run: '{}' } }));
    expect(await codeOf(() => loadCheckpoint(runDir))).toBe('invalid-data');
    const count: Tensor = { dtype: 'int32', dims: [1], data: Int32Array.of(1) };
    const unsealed = { ...metadata, format: '1' };
    const others = new Map([...tensors, ['w', count]] as const);
    writeFileSync(path, encodeSafetensors({ tensors: others, metadata: unsealed }));
    const error = await errorOf(() => loadCheckpoint(runDir));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(/w is int32, not float32/);
  });

  test('a byte that was altered anywhere is noticed', async () => {
    const runDir = temporaryFolder();
    const path = await saveCheckpoint(sampleCheckpoint(runDir));
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(path, damaged);
      const code = await codeOf(() => loadCheckpoint(runDir));
      expect(['invalid-data', 'unsupported-format']).toContain(code);
    }
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 4)],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(4)])],
    ['of zeros from the middle on', (bytes) => Buffer.from(bytes).fill(0, bytes.length / 2)],
    ['of zeros at its end', (bytes) => Buffer.from(bytes).fill(0, bytes.length - 4)],
    ['empty', () => Buffer.alloc(0)],
  ])('a file that is %s is refused', async (_, damage) => {
    const runDir = temporaryFolder();
    const path = await saveCheckpoint(sampleCheckpoint(runDir));
    writeFileSync(path, damage(readFileSync(path)));
    expect(await codeOf(() => loadCheckpoint(runDir))).toBe('invalid-data');
  });

  test('one of a time before files held their SHA-256 is read, with settings that had no use', async () => {
    const runDir = temporaryFolder();
    const path = await saveCheckpoint(sampleCheckpoint(runDir));
    const { tensors, metadata } = decodeSafetensors(readFileSync(path), 'file');
    const run = JSON.parse(metadata['run'] as string);
    Object.assign(run.config, { codes: 128, weightDecay: 0, momentum: 0 });
    const old = { format: '1', run: JSON.stringify(run) };
    writeFileSync(path, encodeSafetensors({ tensors, metadata: old }));
    expect(await loadCheckpoint(runDir)).toEqual(sampleCheckpoint(runDir));
  });
});
