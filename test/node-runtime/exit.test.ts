import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { trials } from '../setup/tier.ts';
import { runProcess, runScript } from './run-script.ts';

const TRIALS = join(import.meta.dirname, '../../packages/node/scripts/trials.mjs');
let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-exit-'));
  model = await writeFiles(
    join(folder, 'model'),
    tinyModel({ side: 28, hidden: 400, latentSize: 20 }).files,
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** A short form of `npm run trials -w @latentkit/node`. */
test('processes, loads and models end cleanly at any moment', async () => {
  const count = trials('trials of each way to end', { quick: 1, all: 3 });
  const { code, stdout } = await runProcess({ args: [TRIALS, String(count), model] });
  expect(stdout).toContain(`process.exit during runs | worker | ${count} | none`);
  expect({ code, rows: stdout.trim().split('\n').length }).toEqual({ code: 0, rows: 20 });
}, 300_000);

test.each(['inline', 'worker'])(
  'a script that awaits dispose() as its last act goes on after it (%s)',
  async (execution) => {
    // Code 13 is Node's for a wait that nothing can end any more.
    const script = `
    import { loadAutoencoder } from '@latentkit/node';
    const options = { device: 'cpu', execution: ${JSON.stringify(execution)} };
    for (let i = 0; i < 3; i++) {
      const model = await loadAutoencoder(${JSON.stringify(model)}, options);
      await model.reconstruct(new Float32Array(784));
      await model.dispose();
    }
    console.log('disposed');
  `;
    expect(await runScript(script)).toEqual({ code: 0, stdout: 'disposed\n', stderr: '' });
  },
);

test('would be seen to crash if threads were ended inside native code', async () => {
  // What `process.exit` does to threads, without what this package does before.
  const { code } = await runScript(`
    import { Worker } from 'node:worker_threads';
    const code = \`
      import('onnxruntime-node').then(async ({ InferenceSession, Tensor }) => {
        const session = await InferenceSession.create(${JSON.stringify(join(model, 'encoder.onnx'))});
        const x = new Tensor('float32', new Float32Array(784 * 4000), [4000, 784]);
        require('node:worker_threads').parentPort.postMessage('ready');
        for (;;) await session.run({ x });
      });
    \`;
    for (let i = 0; i < 8; i++) {
      const thread = new Worker(code, { eval: true, execArgv: [] });
      await new Promise((resolve) => thread.once('message', resolve));
      await new Promise((resolve) => setTimeout(resolve, 5 + i));
      await thread.terminate();
    }
  `);
  // 134 of a shell is the signal SIGABRT here.
  expect([134, null]).toContain(code);
});

test("a thread of the user's own is out of its model before the process exits", async () => {
  const script = (act: string) => `
    import { Worker } from 'node:worker_threads';
    import '@latentkit/node';
    const code = \`
      import('@latentkit/node').then(async ({ loadEncoder }) => {
        const encoder = await loadEncoder(${JSON.stringify(model)}, { device: 'cpu' });
        require('node:worker_threads').parentPort.postMessage('ready');
        for (;;) await encoder.embed(new Float32Array(784 * 4000));
      });
    \`;
    const thread = new Worker(code, { eval: true, execArgv: [] });
    await new Promise((resolve) => thread.once('message', resolve));
    await new Promise((resolve) => setTimeout(resolve, 30 * Math.random()));
    ${act}
  `;
  for (let trial = 0; trial < 4; trial++) {
    expect((await runScript(script('process.exit(7);'))).code).toBe(7);
  }
});
