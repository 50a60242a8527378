import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { runProcess, runScript } from './run-script.ts';

const SOAK = join(import.meta.dirname, '../../packages/node/scripts/soak.mjs');
let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-process-'));
  model = await writeFiles(
    join(folder, 'model'),
    tinyModel({ side: 28, hidden: 400, latentSize: 20 }).files,
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** Short forms of `npm run soak -w @latentkit/node`, which also judges speed. */
describe('memory', () => {
  test('stays bounded while a stream is embedded on a worker thread', async () => {
    const { stdout, stderr } = await runProcess({ args: [SOAK, 'stream', model, '20000'] });
    expect(stderr).toBe('');
    const { items, grownMiB } = JSON.parse(stdout);
    expect(items).toBe(20_000);
    expect(grownMiB).toBeLessThanOrEqual(100);
  });

  test('does not grow with loading and disposing', async () => {
    const { code, stdout, stderr } = await runProcess({ args: [SOAK, 'cycles', model, '100'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ count: 100, within: true });
  });

  test('would be seen to grow if sessions were not freed', async () => {
    const { stdout } = await runScript(`
      import { createRunner } from '@latentkit/node';
      import { readFile } from 'node:fs/promises';
      const bytes = await readFile(${JSON.stringify(join(model, 'encoder.onnx'))});
      await createRunner(bytes);
      const start = process.memoryUsage.rss();
      const kept = [];
      for (let i = 0; i < 40; i++) kept.push(await createRunner(bytes));
      console.log((process.memoryUsage.rss() - start) / 2 ** 20);
    `);
    expect(Number(stdout)).toBeGreaterThan(20);
  });
});

/** Three milliseconds of a start of twenty, and due only when there are bytes to be hashed. */
describe('cryptography waits for the bytes of a model', () => {
  test.each([
    ['@latentkit/node', false],
    ['node:crypto', true],
  ])('the import of %s loads it: %p', async (name, expected) => {
    const { stdout } = await runScript(`
      await import('${name}');
      console.log(process.moduleLoadList.some((module) => module.includes('crypto')));
    `);
    expect(stdout.trim()).toBe(String(expected));
  });
});

describe('telemetry is off in the environment that native code reads', () => {
  const doors: Record<string, string> = {
    loadEncoder: `
      const { loadEncoder } = await import('@latentkit/node');
      await loadEncoder(process.env.MODEL);`,
    toOnnx: `
      const tf = await import('@tensorflow/tfjs-core');
      await import('@tensorflow/tfjs-backend-cpu');
      const { toOnnx } = await import('@latentkit/tfjs-to-onnx');
      await toOnnx((x) => tf.relu(x), { inputs: { x: { shape: [null, 2] } } });`,
  };
  /** The switch as native code sees it at the moment at which onnxruntime-node is loaded. */
  const watched = (source: string) => `
    const { default: Module } = await import('node:module');
    const load = Module._extensions['.node'];
    Module._extensions['.node'] = (module, file) => {
      if (file.includes('onnxruntime')) {
        const { environmentVariables } = process.report.getReport();
        console.log('loaded with', environmentVariables.ORT_DISABLE_TELEMETRY);
      }
      return load(module, file);
    };
    ${source}`;
  const inWorker = (source: string, options: string) => `
    import { Worker } from 'node:worker_threads';
    const code = ${JSON.stringify(`(async () => { ${source} })()`)};
    new Worker(code, { eval: true, ${options} });`;

  describe.each(Object.entries(doors))('when %s is called', (_, source) => {
    test.each<[string, string]>([
      ['on the main thread', watched(source)],
      ['in a worker thread alone', inWorker(watched(source), '')],
      [
        'in a worker thread with the switch in its own copy of the environment only',
        inWorker(watched(source), `env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' }`),
      ],
    ])('%s', async (_, code) => {
      const result = await runScript(code, { env: { ORT_DISABLE_TELEMETRY: '', MODEL: model } });
      expect(result).toMatchObject({ code: 0, stdout: 'loaded with 1\n' });
    });
  });

  test('but not where onnxruntime-node is loaded past the doors: the tests above can fail', async () => {
    const code = watched("await import('onnxruntime-node');");
    const { stdout } = await runScript(code, { env: { ORT_DISABLE_TELEMETRY: '' } });
    expect(stdout).toMatch(/^loaded with (undefined)?\n$/);
  });
});

test('importing the package loads no native code', async () => {
  const { stdout } = await runScript(`
    await import('@latentkit/node');
    const { sharedObjects } = process.report.getReport();
    console.log(sharedObjects.filter((path) => /onnxruntime|vips/.test(path)).length);
  `);
  expect(stdout).toBe('0\n');
});
