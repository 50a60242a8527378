import type { GraphRunner } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { BrowserHost } from './browser-host.ts';
import { WasmHost } from './wasm-host.ts';

/**
 * Where golden parity is checked. `cpu-plain` is the CPU without graph optimisation: what the file itself says.
 * `chromium` is WebAssembly in a browser.
 */
export const CHECK_DEVICES = [
  'cpu',
  'cpu-plain',
  'wasm',
  'webgpu',
  'chromium',
  'chromium-webgpu',
] as const;

export type CheckDevice = (typeof CHECK_DEVICES)[number];

/** The devices of this machine, as far as they were asked for so far. */
export class Devices {
  readonly #wasm = new WasmHost();
  readonly #browser = new BrowserHost();

  /** @throws LatentkitError `runtime`, `device-unavailable` or `missing-dependency` */
  open(device: CheckDevice, bytes: Uint8Array): Promise<GraphRunner> {
    switch (device) {
      case 'wasm':
        return this.#wasm.open(bytes);
      case 'webgpu':
        return createRunner(bytes, { device: 'webgpu', wholly: false });
      case 'chromium':
        return this.#browser.open(bytes, 'wasm');
      case 'chromium-webgpu':
        return this.#browser.open(bytes, 'webgpu');
      case 'cpu':
        return createRunner(bytes, { threads: 1 });
      case 'cpu-plain':
        return createRunner(bytes, { threads: 1, optimization: 'disabled' });
    }
  }

  async close(): Promise<void> {
    this.#wasm.close();
    await this.#browser.close();
  }
}
