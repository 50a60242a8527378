import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { runProcess } from './run-script.ts';

/** What an extension, a function in the cloud or a desktop program does: one file, in either format. */
const APP = `
import { loadAutoencoder } from '@latentkit/node';
(async () => {
  for (const execution of ['inline', 'worker']) {
    try {
      const vae = await loadAutoencoder(process.env.MODEL, { execution });
      console.log(execution, (await vae.sample(3, { seed: 1 })).mean.dims.join('×'));
      await vae.dispose();
    } catch (error) {
      console.log(execution, error.code, /What to do:|Leave '@latentkit/.test(error.message));
    }
  }
})();
`;

let near: string;
let far: string;
let model: string;

beforeAll(async () => {
  const cache = join(import.meta.dirname, '../../node_modules/.cache');
  await mkdir(cache, { recursive: true });
  near = await mkdtemp(join(cache, 'latentkit-bundle-'));
  far = await mkdtemp(join(tmpdir(), 'latentkit-bundle-'));
  for (const folder of [near, far]) {
    // A program may have a worker of its own, of the same name.
    await writeFile(join(folder, 'worker.mjs'), "throw new Error('a worker of somebody else');\n");
  }
  model = await writeFiles(join(far, 'model'), tinyModel().files);
});
afterAll(async () => {
  for (const folder of [near, far]) await rm(folder, { recursive: true });
});

describe.each(['cjs', 'esm'] as const)('a bundle for Node in the format %s', (format) => {
  const bundled = async (folder: string) => {
    const outfile = join(folder, `app.${format === 'cjs' ? 'cjs' : 'mjs'}`);
    await build({
      stdin: { contents: APP, resolveDir: import.meta.dirname },
      outfile,
      format,
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
    });
    return runProcess({ args: [outfile], env: { MODEL: model }, cwd: folder });
  };

  test('finds ONNX Runtime and the worker in the node_modules near it', async () => {
    const { code, stdout, stderr } = await bundled(near);
    expect([stderr, stdout, code]).toEqual(['', 'inline 3×2×2×1\nworker 3×2×2×1\n', 0]);
  });

  test('says what to do where there are none', async () => {
    const { stdout } = await bundled(far);
    expect(stdout).toBe('inline missing-dependency true\nworker missing-dependency true\n');
  });
});
