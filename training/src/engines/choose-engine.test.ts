import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import { train } from '../run/train.ts';
import { resolveConfig, type TrainConfig } from '../settings/config.ts';
import {
  errorOf,
  nativeHalfIsHere,
  removeTemporaryFolders,
  smallRun,
  temporaryFolder,
} from '../testing.ts';
import { chooseEngine } from './choose-engine.ts';
import { tryStep } from './try-step.ts';

afterAll(removeTemporaryFolders);

const SMALL = { runDir: 'none', latentSize: 3, hiddenSizes: [6] };
const CONV = { architecture: 'conv', channels: [3, 4] } as const;

/** What the WebAssembly backend has kernels for, and the first kernel that it lacks. */
const CASES: readonly (readonly [change: Partial<TrainConfig>, lacks: string | undefined])[] = [
  [{}, undefined],
  [{ family: 'cvae', clipNorm: 1, optimizer: 'adamw' }, undefined],
  [{ family: 'iwae', samples: 2 }, undefined],
  [{ likelihood: 'discretised-logistic' }, undefined],
  [{ ...CONV }, 'Conv2DBackpropFilter'],
  [{ ...CONV, architecture: 'resnet' }, 'Conv2DBackpropFilter'],
  [{ ...CONV, family: 'cvae' }, 'Conv2DBackpropFilter'],
];

describe('tfjs on WebAssembly', () => {
  beforeAll(() => chooseBackend('wasm'));

  test.each(CASES)('a model of %j: it lacks %s', async (change, lacks) => {
    const config = resolveConfig({ ...SMALL, ...change });
    const before = tf.memory().numTensors;
    const choosing = chooseEngine({ engine: 'tfjs', backend: 'wasm' }, () => tryStep(config));
    if (lacks === undefined) {
      expect((await choosing).chosen).toMatchObject({ name: 'tfjs', backend: 'wasm' });
      expect(tf.memory().numTensors).toBe(before);
    } else {
      const error = await errorOf(() => choosing);
      expect(error.code).toBe('missing-dependency');
      expect(error.message).toMatch(
        new RegExp(`^The backend 'wasm' cannot be used: it has no kernel ${lacks}, .*engine onnx`),
      );
    }
  });

  test('a vq-vae is refused by the kernel that is missing', async () => {
    const config = resolveConfig({ runDir: 'none', family: 'vq-vae', channels: [3], codes: 4 });
    const choosing = chooseEngine({ engine: 'tfjs', backend: 'wasm' }, () => tryStep(config));
    expect((await errorOf(() => choosing)).message).toMatch(/it has no kernel \w+/);
  });
});

test('a convolutional model trains on tfjs as the npm install has it', async () => {
  const run = (change: Partial<TrainConfig>) =>
    train({
      ...smallRun(temporaryFolder(), { engine: 'tfjs', ...CONV, epochs: 1, ...change }),
      data: { name: 'strokes', trainCount: 8, testCount: 4 },
    });
  const { engine } = await run({ backend: 'auto' });
  expect(engine.backend).toBe(nativeHalfIsHere() ? 'tfjs-node' : 'cpu');
  if (!nativeHalfIsHere()) {
    const wasm = engine.passedOver.find(({ name }) => name === 'wasm');
    expect(wasm?.reason).toContain('no kernel Conv2DBackpropFilter');
  }
  expect((await errorOf(() => run({ backend: 'wasm' }))).code).toBe('missing-dependency');
});
