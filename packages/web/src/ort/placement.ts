import {
  ArgumentError,
  checkDevices,
  checkExecution,
  checkThreads,
  type DevicePolicy,
  type Execution,
} from '@latentkit/core';

/** A device that a browser offers: WebAssembly on the processor, or the GPU through WebGPU. */
export type WebDevice = 'wasm' | 'webgpu';

const DEVICES: readonly WebDevice[] = ['wasm', 'webgpu'];

/**
 * Where ONNX Runtime's WebAssembly lies: a folder that holds the files under their own names
 * (`ort-wasm-simd-threaded.wasm` and `ort-wasm-simd-threaded.asyncify.wasm`), or a URL for each device.
 */
export type WasmPaths =
  | string
  | URL
  | { readonly wasm?: string | URL | undefined; readonly webgpu?: string | URL | undefined };

/** The options that decide where a model runs. */
export interface PlacementOptions {
  /**
   * A device, an ordered list of them, or `'auto'` (the default): WebGPU for a large model where
   * there is a real GPU, WebAssembly otherwise.
   */
  readonly device?: WebDevice | 'auto' | readonly WebDevice[] | undefined;
  /**
   * Refuse to fall back: the first device, or an error. On WebGPU also an error if a part of the
   * graph would run on the processor.
   */
  readonly strict?: boolean | undefined;
  /** `'inline'` (the default) runs in this thread, `'worker'` in a web worker of the model's own. */
  readonly execution?: Execution | undefined;
  /** Where ONNX Runtime's WebAssembly lies; by default where the bundler put it. */
  readonly wasmPaths?: WasmPaths | undefined;
  /**
   * Threads of the processor, for `execution: 'worker'` (half of its cores by default, 4 at most).
   * More than 1 needs a cross-origin isolated page. A model that runs inline has 1: its threads would
   * run the script that holds the page's own code wherever a bundler puts both into one file.
   */
  readonly threads?: number | undefined;
}

/** What a thread must know to place a model. Plain data: it is also posted to workers. */
export interface Placement {
  readonly policy: DevicePolicy<WebDevice>;
  /** Absolute URLs. */
  readonly wasmUrls: Readonly<Partial<Record<WebDevice, string>>>;
  /** Threads asked for; fewer run where the page is not cross-origin isolated. */
  readonly threads: number;
}

const WASM_FILES: Readonly<Record<WebDevice, string>> = {
  wasm: 'ort-wasm-simd-threaded.wasm',
  webgpu: 'ort-wasm-simd-threaded.asyncify.wasm',
};

/**
 * Checks the options that decide where a model runs.
 *
 * @param baseUrl resolves relative URLs
 * @throws ArgumentError
 */
export function placementOf(options: PlacementOptions, baseUrl: string): Placement {
  const { device = 'auto', strict = false, execution = 'inline', wasmPaths } = options;
  checkExecution(execution);
  const { threads = execution === 'worker' ? defaultThreads() : 1 } = options;
  checkThreads('threads', threads);
  if (threads > 1 && execution === 'inline') {
    throw new ArgumentError('threads', "1, or execution: 'worker' beside it", threads);
  }
  return {
    policy: { device: checkDevices(device, DEVICES), strict },
    wasmUrls: wasmUrlsOf(wasmPaths, baseUrl),
    threads,
  };
}

/** Half of the processor's cores, as ONNX Runtime has it; small models gain nothing from more than 4. */
function defaultThreads(): number {
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.min(4, Math.ceil((globalThis.navigator?.hardwareConcurrency ?? 1) / 2));
}

function wasmUrlsOf(
  paths: WasmPaths | undefined,
  baseUrl: string,
): Partial<Record<WebDevice, string>> {
  if (paths === undefined) return {};
  const resolve = (url: string | URL, base: string | URL = baseUrl) => {
    try {
      return new URL(url, base).href;
    } catch (cause) {
      throw new ArgumentError('wasmPaths', 'URLs', url, { cause });
    }
  };
  const urls: Partial<Record<WebDevice, string>> = {};
  for (const device of DEVICES) {
    if (typeof paths === 'string' || paths instanceof URL) {
      const folder = resolve(paths);
      urls[device] = resolve(WASM_FILES[device], folder.endsWith('/') ? folder : `${folder}/`);
    } else if (paths[device] !== undefined) {
      urls[device] = resolve(paths[device]);
    }
  }
  return urls;
}
