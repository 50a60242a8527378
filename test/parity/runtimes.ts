import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createRunner as createNodeRunner } from '@latentkit/node';
import type { PageContext } from '../browser/with-page.ts';
import type { Feeds } from './golden.ts';

/** Runs a graph on each of several feeds, somewhere. */
export type RunGraph = (bytes: Uint8Array, feedsList: readonly Feeds[]) => Promise<Feeds[]>;

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** onnxruntime-node on the processor. */
export const inNode =
  (optimization: 'disabled' | 'all'): RunGraph =>
  async (bytes, feedsList) => {
    const runner = await createNodeRunner(bytes, { optimization });
    try {
      const results: Feeds[] = [];
      for (const feeds of feedsList) {
        const inputs = mapValues(feeds, ({ dtype, data, dims }) =>
          dtype === 'int32'
            ? { dtype, data: Int32Array.from(data), dims }
            : { dtype, data: Float32Array.from(data), dims },
        );
        results.push(
          mapValues(await runner.run(inputs), ({ dtype, data, dims }) => ({
            dtype: dtype as 'float32',
            data: Array.from(data as Float32Array),
            dims,
          })),
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

/** @latentkit/web in a page that holds it as `lk`; `wholly` refuses a graph that WebGPU has not all nodes of. */
export const inChromium =
  ({ page }: PageContext, device: 'wasm' | 'webgpu', wholly = true): RunGraph =>
  (bytes, feedsList) =>
    page.evaluate(
      async ({ device, wholly, base64, feedsList }) => {
        const model = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const runner = await lk.createRunner(model, { device, wholly });
        const results: Feeds[] = [];
        for (const feeds of feedsList) {
          const inputs = Object.fromEntries(
            Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
              name,
              dtype === 'int32'
                ? { dtype, data: Int32Array.from(data), dims }
                : { dtype, data: Float32Array.from(data), dims },
            ]),
          );
          const outputs = Object.entries(await runner.run(inputs)).map(
            ([name, { dtype, data, dims }]) => {
              const values = Array.from(data as Float32Array);
              return [name, { dtype: dtype as 'float32', data: values, dims }] as const;
            },
          );
          results.push(Object.fromEntries(outputs));
        }
        await runner.dispose();
        return results;
      },
      { device, wholly, base64: Buffer.from(bytes).toString('base64'), feedsList },
    );
