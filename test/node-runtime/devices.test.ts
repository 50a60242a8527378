import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRunner, type DeviceError, LatentkitError, loadAutoencoder } from '@latentkit/node';
import { otherGolden } from '../fixtures/other-golden.ts';
import { tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { runScript } from './run-script.ts';

const { files } = tinyModel();
let root: string;
let small: string;
let large: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-devices-'));
  small = await writeFiles(join(root, 'small'), files);
  large = await writeFiles(
    join(root, 'large'),
    tinyModel({ side: 28, hidden: 6000, latentSize: 16 }).files,
  );
});
afterAll(() => rm(root, { recursive: true }));

/** onnxruntime-node comes from the registry without CUDA's libraries: its absence is real here. */
describe('a device that is absent', () => {
  test('is passed over with its reason and remedy, and the next one runs', async () => {
    await using vae = await loadAutoencoder(files, { device: ['cuda', 'directml', 'cpu'] });
    expect(vae.device.name).toBe('cpu');
    expect(vae.device.attempts).toEqual([
      {
        device: 'cuda',
        ok: false,
        reason: expect.stringMatching(/providers_cuda.* is not installed/),
        remedy: expect.stringContaining('ONNXRUNTIME_NODE_INSTALL=cuda12'),
      },
      {
        device: 'directml',
        ok: false,
        reason: expect.stringContaining('built without directml'),
        remedy: expect.stringContaining('Windows'),
      },
      { device: 'cpu', ok: true, reason: 'opened' },
    ]);
  });

  test('is an error with numbered remedies where there is no other, or none is allowed', async () => {
    for (const options of [
      { device: 'cuda' },
      { device: ['cuda', 'cpu'], strict: true },
    ] as const) {
      const error = await loadAutoencoder(files, options).catch((reason: unknown) => reason);
      expect(LatentkitError.isInstance(error)).toBe(true);
      const { code, message, attempts } = error as DeviceError;
      expect(code).toBe('device-unavailable');
      expect(attempts.map(({ device }) => device)).toEqual(['cuda']);
      expect(message).toMatch(/1\. Install ONNX Runtime's CUDA libraries/);
    }
  });

  test('is a typed error of createRunner', async () => {
    const encoder = files['encoder.onnx'] as Uint8Array;
    await expect(createRunner(encoder, { device: 'tensorrt' })).rejects.toMatchObject({
      code: 'device-unavailable',
    });
  });

  test("prints nothing, and 'auto' takes the CPU", async () => {
    const { code, stdout, stderr } = await runScript(`
      import { loadAutoencoder } from '@latentkit/node';
      const on = async (device) => (await loadAutoencoder(${JSON.stringify(small)}, { device })).device;
      console.log(JSON.stringify([await on(['cuda', 'tensorrt', 'cpu']), await on('auto')]));
    `);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const [listed, auto] = JSON.parse(stdout);
    expect(listed.name).toBe('cpu');
    expect(auto.name).toBe('cpu');
    expect(auto.attempts.at(-1).ok).toBe(true);
  });
});

/** Chromium's Vulkan driver in software: slow, but a real WebGPU device. */
const CHROMIUM = '/usr/lib/chromium';
const vulkan = {
  VK_DRIVER_FILES: join(CHROMIUM, 'vk_swiftshader_icd.json'),
  LD_LIBRARY_PATH: CHROMIUM,
};
const withVulkan = existsSync(vulkan.VK_DRIVER_FILES) ? test : test.skip;
if (withVulkan !== test) {
  console.warn(`skipped: WebGPU in Node (no ${vulkan.VK_DRIVER_FILES}: install chromium)`);
}

describe('WebGPU on software Vulkan', () => {
  withVulkan(
    'runs every node, inline and in a worker, and agrees with the CPU',
    async () => {
      const { code, stdout, stderr } = await runScript(
        `
        import { loadAutoencoder } from '@latentkit/node';
        const items = Float32Array.from({ length: 12 }, (_, i) => i / 12);
        const cpu = await loadAutoencoder(${JSON.stringify(small)}, { device: 'cpu' });
        const expected = (await cpu.reconstruct(items)).mean.data;
        const results = [];
        for (const execution of ['inline', 'worker']) {
          const options = { device: 'webgpu', strict: true, execution };
          const vae = await loadAutoencoder(${JSON.stringify(small)}, options);
          const { mean } = await vae.reconstruct(items);
          const error = Math.max(...mean.data.map((p, i) => Math.abs(p - expected[i])));
          results.push({ ...vae.device, error });
          await vae.dispose();
        }
        console.log(JSON.stringify(results));
      `,
        { env: vulkan },
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const { name, attempts, error } of JSON.parse(stdout)) {
        expect(name).toBe('webgpu');
        expect(attempts).toEqual([
          {
            device: 'webgpu',
            ok: true,
            reason: 'opened; webgpu runs every node; not tested: the card names no golden values',
          },
        ]);
        expect(error).toBeLessThan(1e-3);
      }
    },
    120_000,
  );

  withVulkan(
    "'auto' measures a large model once, keeps the verdict, and leaves a small one on the CPU",
    async () => {
      const cacheDir = join(root, 'cache');
      const { code, stdout, stderr } = await runScript(
        `
        import { loadEncoder, loadAutoencoder } from '@latentkit/node';
        const cacheDir = ${JSON.stringify(cacheDir)};
        for (const model of ${JSON.stringify([large, large, small])}) {
          const vae = await loadAutoencoder(model, { device: 'auto', cacheDir });
          console.log(JSON.stringify(vae.device));
          await vae.dispose();
        }
      `,
        { env: vulkan },
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [first, second, tiny] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(first.name).toBe('cpu');
      const webgpu = first.attempts.find(({ device }: { device: string }) => device === 'webgpu');
      expect(webgpu.reason).toMatch(/passed over: 64 items take \S+ ms/);
      expect(second.name).toBe('cpu');
      expect(second.attempts.at(-1).reason).toMatch(/measured as the fastest before/);
      expect(tiny.attempts.at(-1).reason).toMatch(/too little work/);
      expect(await readdir(join(cacheDir, 'devices'))).toHaveLength(2);
    },
    120_000,
  );
});

/** Golden values of another model stand for a device that computes wrongly. */
describe('selfTest', () => {
  const wrong = otherGolden(0.5, {});

  test.each(['inline', 'worker'] as const)(
    'refuses wrong numbers by name, %s',
    async (execution) => {
      const options = { device: 'cpu', execution } as const;
      await expect(loadAutoencoder(wrong, { ...options, selfTest: true })).rejects.toMatchObject({
        code: 'device-unavailable',
        attempts: [{ device: 'cpu', ok: false, error: expect.closeTo(0.5, 5) }],
      });
      await using vae = await loadAutoencoder(wrong, options);
      expect(vae.device.attempts).toEqual([{ device: 'cpu', ok: true, reason: 'opened' }]);
    },
  );

  test('says what it measured, in auto as well', async () => {
    for (const device of ['auto', 'cpu'] as const) {
      await using vae = await loadAutoencoder(otherGolden(0, {}), { device, selfTest: true });
      expect(vae.device.attempts.at(-1)?.reason).toMatch(
        /^opened.*; computes the golden values to /,
      );
    }
  });

  test('says that a model has no golden values', async () => {
    await using vae = await loadAutoencoder(files, { device: 'cpu', selfTest: true });
    expect(vae.device.attempts.at(-1)?.reason).toBe(
      'opened; not tested: the card names no golden values',
    );
  });
});
