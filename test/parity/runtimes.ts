import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createRunner as createNodeRunner } from '@latentkit/node';
import type { PageContext } from '../browser/with-page.ts';
import type { Feeds } from './golden.ts';

/** Runs a graph on each of several feeds, somewhere. */
export type RunGraph = (bytes: Uint8Array, feedsList: readonly Feeds[]) => Promise<Feeds[]>;

/** onnxruntime-node on the processor. */
export const inNode =
  (optimization: 'disabled' | 'all'): RunGraph =>
  async (bytes, feedsList) => {
    const runner = await createNodeRunner(bytes, { optimization });
    try {
      const results: Feeds[] = [];
      for (const feeds of feedsList) {
        const inputs = Object.fromEntries(
          Object.entries(feeds).map(([name, { data, dims }]) => [
            name,
            { data: Float32Array.from(data), dims, dtype: 'float32' as const },
          ]),
        );
        const outputs = await runner.run(inputs);
        results.push(
          Object.fromEntries(
            Object.entries(outputs).map(([name, { data, dims }]) => [
              name,
              { data: Array.from(data as Float32Array), dims },
            ]),
          ),
        );
      }
      return results;
    } finally {
      await runner.dispose();
    }
  };

/** onnxruntime-web's WebAssembly under Node. */
export const inNodeWasm: RunGraph = async (bytes, feedsList) => {
  const child = fork(join(__dirname, 'wasm-in-node.mjs'), { serialization: 'advanced' });
  try {
    child.send({ bytes, feedsList });
    const [answer] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => [{ error: `the process ended with code ${code}` }]),
    ])) as [{ results: Feeds[] } | { error: string }];
    if ('error' in answer) throw new Error(answer.error);
    return answer.results;
  } finally {
    child.kill();
  }
};

/** @latentkit/web in a page that holds it as `lk`. */
export const inChromium =
  ({ page }: PageContext, device: 'wasm' | 'webgpu'): RunGraph =>
  (bytes, feedsList) =>
    page.evaluate(
      async ({ device, base64, feedsList }) => {
        const model = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const runner = await lk.createRunner(model, { device });
        const results: Feeds[] = [];
        for (const feeds of feedsList) {
          const inputs = Object.fromEntries(
            Object.entries(feeds).map(([name, { data, dims }]) => [
              name,
              { data: Float32Array.from(data), dims, dtype: 'float32' as const },
            ]),
          );
          const outputs = await runner.run(inputs);
          results.push(
            Object.fromEntries(
              Object.entries(outputs).map(([name, { data, dims }]) => [
                name,
                { data: Array.from(data as Float32Array), dims },
              ]),
            ),
          );
        }
        await runner.dispose();
        return results;
      },
      { device, base64: Buffer.from(bytes).toString('base64'), feedsList },
    );
