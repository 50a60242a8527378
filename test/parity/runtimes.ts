import { decodeSafetensors, encodeSafetensors } from '@latentkit/core/runtime';
import { createRunner as createNodeRunner, type NamedTensors } from '@latentkit/node';
import type { AnyPage } from '../browser/browser-kinds.ts';
import type { PageContext } from '../browser/with-page.ts';

/** Runs a graph on each of several feeds, somewhere. */
export type RunGraph = (
  bytes: Uint8Array,
  feedsList: readonly NamedTensors[],
) => Promise<NamedTensors[]>;

/** onnxruntime-node on the processor. */
export const inNode =
  (optimization: 'disabled' | 'all'): RunGraph =>
  async (bytes, feedsList) => {
    const runner = await createNodeRunner(bytes, { optimization });
    try {
      const results: NamedTensors[] = [];
      for (const feeds of feedsList) results.push(await runner.run(feeds));
      return results;
    } finally {
      await runner.dispose();
    }
  };

/** @latentkit/web in a page that holds it as `lk`; `wholly` refuses a graph that WebGPU has not all nodes of. */
export const inPage =
  ({ page }: PageContext<AnyPage>, device: 'wasm' | 'webgpu', wholly = true): RunGraph =>
  async (bytes, feedsList) => {
    // As text: the driver of the browser takes a number apart that is given to a page as such.
    const results = await page.evaluate(
      async ({ device, wholly, model, feedsList }) => {
        const bytesOf = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
        const runner = await lk.createRunner(bytesOf(model), { device, wholly });
        const results: string[] = [];
        for (const feeds of feedsList) {
          const { tensors } = lk.decodeSafetensors(bytesOf(feeds), 'feeds');
          const outputs = await runner.run(Object.fromEntries(tensors));
          const encoded = lk.encodeSafetensors({
            tensors: new Map(Object.entries(outputs)),
            metadata: {},
          });
          results.push(btoa(Array.from(encoded, (byte) => String.fromCharCode(byte)).join('')));
        }
        await runner.dispose();
        return results;
      },
      {
        device,
        wholly,
        model: toText(bytes),
        feedsList: feedsList.map((feeds) =>
          toText(encodeSafetensors({ tensors: new Map(Object.entries(feeds)), metadata: {} })),
        ),
      },
    );
    return results.map((text) =>
      Object.fromEntries(decodeSafetensors(Buffer.from(text, 'base64'), 'results').tensors),
    );
  };

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
