import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphRunner, LatentkitError, type NamedTensors } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import type { Check } from '../../check.ts';
import { type GivenSettings, resolveSettings } from '../../config/settings.ts';
import type { Devices } from '../../devices/devices.ts';
import { ModelUnderCheck } from '../../model/model-under-check.ts';
import { computeGolden, graphBytes, soundParts, writeParts } from '../../testing/sound-model.ts';
import { PARITY_CHECKS } from './parity.ts';

const checkOf = (wanted: string) => PARITY_CHECKS.find(({ id }) => id === wanted) as Check;
const webgpu = checkOf('parity/webgpu');

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

async function parityOn(
  devices: Pick<Devices, 'open'>,
  check = webgpu,
  given: GivenSettings = { devices: ['webgpu'] },
) {
  const model = new ModelUnderCheck(folder, resolveSettings(given), { devices });
  try {
    return await check.run(model);
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
});

describe('a device that cannot run here', () => {
  const none: Pick<Devices, 'open'> = {
    open: () => Promise.reject(new LatentkitError('missing-dependency', 'no runtime: install it')),
  };

  test.each(['wasm', 'webgpu', 'chromium', 'chromium-webgpu'] as const)(
    'fails where it was asked for, and says why and what to do: %s',
    async (device) => {
      const asked = await parityOn(none, checkOf(`parity/${device}`), { devices: [device] });
      expect(asked).toEqual({
        findings: [
          {
            level: 'error',
            message: `${device} was asked for, and cannot run here: no runtime: install it`,
          },
        ],
        remedy: `Install what ${device} needs, or leave it out of the devices (--devices, or devices in latentkit.config.json).`,
      });
    },
  );

  test('is skipped, with the reason, where nobody asked for it', async () => {
    expect(await parityOn(none, checkOf('parity/wasm'), {})).toEqual({
      skipped: 'no runtime: install it',
    });
    expect(await parityOn(none, webgpu, {})).toEqual({
      skipped: 'webgpu is not among the devices (--devices)',
    });
  });
});
