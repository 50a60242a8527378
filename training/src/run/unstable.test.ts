import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LatentkitError, type WholeCard } from '@latentkit/core';
import { readModel, tensorToArray } from '@latentkit/onnx';
import { ExportError } from '@latentkit/tfjs-to-onnx';
import { someOf } from '../../../test/setup/tier.ts';
import { type ExportReport, exportModel } from '../export/export-model.ts';
import type { TrainConfig } from '../settings/config.ts';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { loadCheckpoint } from './folder/checkpoint.ts';
import { train } from './train.ts';

/**
 * Settings and data that training does not come through well: it ends in finite figures, or stops
 * with an error that says what to do, and neither the checkpoint nor an export of it holds a NaN.
 */

afterAll(removeTemporaryFolders);

/** A folder of IDX files of which every pixel has the same value. */
function constantImages(pixel: number): string {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const write = (name: string, dims: readonly number[], value: number) => {
    const values = dims.reduce((size, dim) => size * dim, 1);
    const bytes = Buffer.alloc(4 + 4 * dims.length + values, value);
    bytes.writeUInt32BE(0x0800 | dims.length, 0);
    for (const [axis, dim] of dims.entries()) bytes.writeUInt32BE(dim, 4 + 4 * axis);
    writeFileSync(join(folder, name), bytes);
  };
  for (const [split, count] of [
    ['train', 100],
    ['t10k', 20],
  ] as const) {
    write(`${split}-images-idx3-ubyte`, [count, 28, 28], pixel);
    write(`${split}-labels-idx1-ubyte`, [count], 1);
  }
  return folder;
}

interface Outcome {
  /** Why training stopped; undefined where it came to its end. */
  readonly stopped: LatentkitError | undefined;
  /** The last test loss, where there is one. */
  readonly loss: number | undefined;
  /** Of the export. */
  readonly card: WholeCard | undefined;
  /** Why there is no export. */
  readonly refused: ExportError | LatentkitError | undefined;
}

/** Trains, exports what was kept, and checks every number in both. */
async function run(changes: Partial<TrainConfig>): Promise<Outcome> {
  const runDir = join(temporaryFolder(), 'run');
  const outDir = join(temporaryFolder(), 'model');
  let stopped: LatentkitError | undefined;
  try {
    await train({
      data: { name: 'strokes', trainCount: 100, testCount: 20 },
      engine: 'onnx',
      latentSize: 3,
      hiddenSizes: [16],
      batchSize: 20,
      epochs: 4,
      ...changes,
      runDir,
    });
  } catch (error) {
    if (!LatentkitError.isInstance(error)) throw error;
    stopped = error;
  }
  const { state, progress } = await loadCheckpoint(runDir);
  for (const [name, { data }] of state) {
    expect({ name, finite: data.every(Number.isFinite) }).toEqual({ name, finite: true });
  }
  for (const { train, test } of progress.history) {
    expect([...Object.values(train), ...Object.values(test)].every(Number.isFinite)).toBe(true);
  }
  const loss = progress.history.at(-1)?.test.loss;
  let report: ExportReport;
  try {
    report = await exportModel({ runDir, outDir, evaluate: false });
  } catch (error) {
    if (!ExportError.isInstance(error) && !LatentkitError.isInstance(error)) throw error;
    expect(existsSync(outDir)).toBe(false);
    return { stopped, loss, card: undefined, refused: error };
  }
  const graphs = Object.keys(report.files).filter((name) => name.endsWith('.onnx'));
  for (const file of graphs) {
    for (const tensor of readModel(readFileSync(join(outDir, file))).graph.initializers.values()) {
      if (tensor.dtype !== 'float32') continue;
      expect((tensorToArray(tensor) as Float32Array).every(Number.isFinite)).toBe(true);
    }
  }
  return { stopped, loss, card: report.card, refused: undefined };
}

/** Either it ended, with a loss, or it stopped with advice. */
function expectSoundEnd({ stopped, loss, refused }: Outcome): void {
  expect(refused).toBeUndefined();
  if (stopped === undefined) {
    expect(Number.isFinite(loss)).toBe(true);
  } else {
    expect(stopped.code).toBe('diverged');
    expect(stopped.message).toMatch(/lower/i);
    expect(stopped.message).toMatch(/learning rate/);
  }
}

const codes: Partial<TrainConfig> = {
  family: 'vq-vae',
  latentSize: undefined,
  hiddenSizes: undefined,
  channels: [4, 8],
  codes: 16,
  codeSize: 4,
  priorChannels: 8,
  priorDepth: 1,
  epochs: 2,
};

const families: [string, Partial<TrainConfig>][] = [
  ['ae', { family: 'ae' }],
  ['vae', { family: 'vae' }],
  ['iwae', { family: 'iwae', samples: 3 }],
  [
    'hierarchical',
    { family: 'hierarchical', latentSize: undefined, levels: [2, 2], hiddenSizes: [16, 12] },
  ],
  ['flow, planar', { family: 'flow', flow: 'planar', flowSteps: 2 }],
  ['flow, iaf', { family: 'flow', flow: 'iaf', flowSteps: 2, flowHidden: 8 }],
  ['vae, two layers', { family: 'vae', lowerLatentSize: 4, upperHiddenSizes: [8] }],
  ['vq-vae', codes],
];

/** Families whose loss has a weighted KL. */
const weighted = families.filter(([name]) => !['ae', 'iwae', 'vq-vae'].includes(name));

describe.each(someOf('families at a high rate', families, 3))('%s', (_, family) => {
  test('learning rate 1', async () => {
    expectSoundEnd(await run({ ...family, learningRate: 1 }));
  });
});

describe.each(someOf('families with a large β', weighted, 1))('%s', (_, family) => {
  test('β = 1000', async () => {
    expectSoundEnd(await run({ ...family, beta: 1000, learningRate: 0.01 }));
  });
});

test('learning rate 1e30 stops, with advice', async () => {
  const outcome = await run({ learningRate: 1e30 });
  expectSoundEnd(outcome);
  expect(outcome.stopped?.code).toBe('diverged');
});

test.each(someOf('small σ', [1e-3, 1e-6, 1e-12], 1))('σ = %p', async (sigma) => {
  expectSoundEnd(await run({ likelihood: 'gaussian', sigma }));
});

test('a σ whose square no float32 holds stops, with advice', async () => {
  const { stopped } = await run({ likelihood: 'gaussian', sigma: 1e-30 });
  expect(stopped?.code).toBe('diverged');
  expect(stopped?.message).toMatch(/a larger σ/);
});

describe.each(someOf('constant pictures', [0, 128, 255], 1))(
  'images of which every pixel is %i',
  (pixel) => {
    const dataDir = constantImages(pixel);
    const data = { name: 'mnist', dataDir } as const;

    test.each(['bernoulli', 'continuous-bernoulli'] as const)('%s', async (likelihood) => {
      expectSoundEnd(await run({ data, likelihood }));
    });

    test('a σ that is learnt falls no further than it may', async () => {
      const outcome = await run({
        data,
        likelihood: 'gaussian',
        sigma: 'learned',
        learningRate: 0.1,
        epochs: 30,
      });
      expectSoundEnd(outcome);
      const likelihood = outcome.card?.likelihood;
      expect(likelihood?.kind === 'gaussian' && likelihood.sigma).toBeGreaterThan(0.9e-3);
    });

    test('a codebook of which one entry would do', async () => {
      expectSoundEnd(await run({ ...codes, data }));
    });
  },
);

test.each(someOf('families on one image', families, 3))('one image: %s', async (_, family) => {
  const data = { name: 'strokes', trainCount: 1, testCount: 4 } as const;
  expectSoundEnd(await run({ ...family, data }));
});
