import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphRunner, LatentkitError, type NamedTensors } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import type { Check } from '../../check.ts';
import { resolveSettings } from '../../config/settings.ts';
import type { Devices } from '../../devices/devices.ts';
import { ModelUnderCheck } from '../../model/model-under-check.ts';
import { computeGolden, graphBytes, soundParts, writeParts } from '../../testing/sound-model.ts';
import { PARITY_CHECKS } from './parity.ts';

const webgpu = PARITY_CHECKS.find(({ id }) => id === 'parity/webgpu') as Check;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-parity-'));
  const parts = soundParts();
  const files = graphBytes(parts).set(parts.card.golden.file, await computeGolden(parts));
  await writeParts(folder, { card: parts.card, files });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A device that is the CPU, but for what `change` does to its outputs. */
function device(change: (outputs: NamedTensors) => NamedTensors): Pick<Devices, 'open'> {
  return {
    async open(_, bytes): Promise<GraphRunner> {
      const { inputs, outputs, run, dispose, device } = bound(
        await createRunner(bytes, { threads: 1 }),
      );
      return { device, inputs, outputs, dispose, run: async (feeds) => change(await run(feeds)) };
    },
  };
}

function bound(runner: GraphRunner) {
  const { device, inputs, outputs } = runner;
  return {
    device,
    inputs,
    outputs,
    run: runner.run.bind(runner),
    dispose: runner.dispose.bind(runner),
  };
}

async function parityOn(devices: Pick<Devices, 'open'>) {
  const model = new ModelUnderCheck(folder, resolveSettings({ devices: ['webgpu'] }), { devices });
  try {
    return await webgpu.run(model);
  } finally {
    await model.dispose();
  }
}

describe('parity on a GPU', () => {
  test('passes where it computes as the trainer did', async () => {
    const { findings, measured } = await parityOn(device((outputs) => outputs));
    expect(findings).toEqual([]);
    expect(Object.keys(measured ?? {})).toEqual([
      'encoder mean',
      'encoder log_var',
      'decoder mean',
    ]);
  });

  test('fails where it computes wrongly, and says by how much', async () => {
    const wrong = device((outputs) => {
      for (const { data } of Object.values(outputs)) (data as Float32Array)[3] = 5;
      return outputs;
    });
    const { findings } = await parityOn(wrong);
    expect(findings?.map(({ level, file }) => [level, file])).toEqual([
      ['error', 'encoder.onnx'],
      ['error', 'encoder.onnx'],
      ['error', 'decoder.onnx'],
    ]);
    expect(findings?.[0]?.message).toMatch(
      /^webgpu: 'mean' is off by [\d.]+ \(row 0\); at most 0\.001 was expected$/,
    );
  });

  test('is skipped, with the reason, on a machine without one', async () => {
    const none: Pick<Devices, 'open'> = {
      open: () => Promise.reject(new LatentkitError('device-unavailable', 'no adapter')),
    };
    expect(await parityOn(none)).toEqual({ skipped: 'no adapter' });
  });
});
