import { ArgumentError, type Execution } from '@latentkit/core';
import {
  checkChoice,
  checkDevices,
  checkObject,
  checkOptions,
  checkThreads,
  type DevicePolicy,
  type LoadOptions,
  type SelfTest,
} from '@latentkit/core/runtime';
import { isAddress } from '../kind-of.ts';
import { type CacheOptions, checkCaching } from '../sources/caching.ts';
import type { Offline } from '../sources/url-source.ts';
import { ORT_FILES } from './ort-files.ts';

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
export interface PlacementOptions<D extends WebDevice = WebDevice> {
  /**
   * A device, an ordered list of them, or `'auto'` (the default): WebGPU for a large model where
   * there is a real GPU, WebAssembly otherwise.
   */
  readonly device?: D | 'auto' | readonly D[] | undefined;
  /**
   * Refuse to fall back: the first device, or an error. On WebGPU also an error if a part of the
   * graph would run on the processor.
   */
  readonly strict?: boolean | undefined;
  /**
   * `'inline'` (the default) runs in this thread, `'worker'` in a web worker of the model's own, and
   * `'auto'` in a worker where the page may start one, inline where not.
   */
  readonly execution?: Execution | 'auto' | undefined;
  /** Where ONNX Runtime's WebAssembly lies; by default where the bundler put it. */
  readonly wasmPaths?: WasmPaths | undefined;
  /**
   * Threads of the processor, for models in workers (half of its cores by default, 4 at most).
   * More than 1 needs a cross-origin isolated page. A model that runs inline has 1: its threads would
   * run the script that holds the page's own code wherever a bundler puts both into one file.
   */
  readonly threads?: number | undefined;
}

/** What a thread must know to place a model. Plain data: it is also posted to workers. */
export interface Placement {
  readonly policy: DevicePolicy<WebDevice>;
  readonly wasmUrls: WasmUrls;
  /** Threads asked for; fewer run where the page is not cross-origin isolated. */
  readonly threads: number;
  /** Keep ONNX Runtime's WebAssembly in the cache. */
  readonly cache: boolean;
  readonly offline: Offline | undefined;
  /** The graphs compute in half precision. */
  readonly half: boolean;
  /** What a device is tried on before it is trusted, where one may have to be. */
  readonly selfTest?: SelfTest | undefined;
}

/** Where ONNX Runtime's WebAssembly lies: absolute URLs by the files' names. */
export type WasmUrls = Readonly<Record<string, string | undefined>>;

/** What the script that loads offers. */
export interface Offered {
  /** For messages: the name under which it was imported. */
  readonly door: string;
  readonly devices: readonly WebDevice[];
  /** Where a bundler, or the package, put ONNX Runtime's WebAssembly. */
  readonly wasmUrls: WasmUrls;
}

/**
 * Checks the options that decide where a model runs.
 *
 * @param baseUrl resolves relative URLs
 * @throws ArgumentError
 */
export function placementOf(
  options: PlacementOptions & CacheOptions & Pick<LoadOptions, 'dtype'>,
  offered: Offered,
  baseUrl: string | undefined,
): Placement {
  checkOptions(options);
  const { device = 'auto', strict = false, execution = 'inline', wasmPaths } = options;
  const { cache = true, offline } = checkCaching(options);
  checkChoice('execution', execution, ['inline', 'worker', 'auto']);
  const { threads = execution === 'inline' ? 1 : defaultThreads() } = options;
  checkThreads('threads', threads);
  if (threads > 1 && execution === 'inline') {
    throw new ArgumentError('threads', "1, or execution: 'worker' beside it", threads);
  }
  return {
    policy: { device: checkDevice(device, offered), strict },
    wasmUrls: { ...offered.wasmUrls, ...wasmUrlsOf(wasmPaths, baseUrl) },
    threads,
    cache,
    offline,
    half: options.dtype === 'fp16',
  };
}

/** Half of the processor's cores, as ONNX Runtime has it; small models gain nothing from more than 4. */
function defaultThreads(): number {
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.min(4, Math.ceil((globalThis.navigator?.hardwareConcurrency ?? 1) / 2));
}

function checkDevice(
  device: PlacementOptions['device'] & {},
  { devices, door }: Offered,
): 'auto' | readonly WebDevice[] {
  const checked = checkDevices<WebDevice>(device, DEVICES);
  if (checked !== 'auto' && !checked.every((name) => devices.includes(name))) {
    throw new ArgumentError(
      'device',
      `${devices.map((name) => `'${name}'`).join(' or ')}, which is all that '${door}' holds (import from '@latentkit/web' for both)`,
      device,
    );
  }
  return checked;
}

function wasmUrlsOf(paths: WasmPaths | undefined, baseUrl: string | undefined): WasmUrls {
  if (paths === undefined) return {};
  if (!isAddress(paths)) {
    checkObject('wasmPaths', paths, 'URLs');
    for (const name of Object.keys(paths)) checkChoice('wasmPaths', name, DEVICES);
  }
  const resolve = (url: string | URL, base: string | URL | undefined = baseUrl) => {
    try {
      return new URL(url, base).href;
    } catch (cause) {
      throw new ArgumentError('wasmPaths', 'URLs', url, { cause });
    }
  };
  const urls: Record<string, string> = {};
  for (const device of DEVICES) {
    const { name } = ORT_FILES[device];
    if (isAddress(paths)) {
      const folder = resolve(paths);
      urls[name] = resolve(name, folder.endsWith('/') ? folder : `${folder}/`);
    } else if (paths[device] !== undefined) {
      urls[name] = resolve(paths[device]);
    }
  }
  return urls;
}
