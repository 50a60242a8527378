import { ArgumentError, LatentkitError } from '@latentkit/core';
import { Mutex } from './mutex.ts';
import type { Placement, WebDevice } from './placement.ts';

/** The part of ONNX Runtime that both of its builds share. */
export type Ort = typeof import('onnxruntime-web/wasm');

/** Each build is fetched only when a model is placed on its device. */
const BUILDS: Readonly<Record<WebDevice, () => Promise<Ort>>> = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
};

type Settings = Pick<Placement, 'wasmUrls' | 'threads'>;

/**
 * One build of ONNX Runtime in this thread. Its WebAssembly instance starts once, with the settings
 * of the first session, and cannot be started again if that fails. Creating, running and releasing
 * sessions all go through one mutex: the glue code saves and restores the instance's stack pointer
 * around awaits, so calls that interleave would find their arguments in memory that the stack has taken
 * back, and the WebGPU build unwinds its stack while it waits for the GPU and cannot be entered then.
 */
export class Runtime {
  readonly device: WebDevice;
  readonly #mutex = new Mutex();
  #settings: { readonly wasmUrl: string | undefined; readonly numThreads: number } | undefined;
  #failure: string | undefined;
  #started = false;

  constructor(device: WebDevice) {
    this.device = device;
  }

  /** The number of threads that the runtime started with. */
  get numThreads(): number {
    return this.#settings?.numThreads ?? 1;
  }

  /** Runs `work` alone. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(work);
  }

  /**
   * Runs `work`, which creates a session, alone and with the settings applied.
   *
   * @throws ArgumentError for another `wasmPaths` than that of the first session;
   *   LatentkitError `device-unavailable` if ONNX Runtime's own files cannot be loaded
   */
  create<T>(settings: Settings, work: (ort: Ort) => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      if (this.#failure !== undefined) throw this.#failed();
      const ort = await this.#load();
      await this.#apply(ort, settings);
      try {
        const result = await work(ort);
        this.#started = true;
        return result;
      } catch (error) {
        // Only the start of the WebAssembly instance, not that of a session, fails with this message.
        if (!this.#started && /no available backend found/.test((error as Error).message)) {
          this.#failure = (error as Error).message;
          throw this.#failed(error);
        }
        throw error;
      }
    });
  }

  async #load(): Promise<Ort> {
    try {
      return await BUILDS[this.device]();
    } catch (cause) {
      throw new LatentkitError(
        'device-unavailable',
        `ONNX Runtime's JavaScript for ${this.device} could not be fetched: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  async #apply({ env }: Ort, { wasmUrls, threads }: Settings): Promise<void> {
    const wasmUrl = wasmUrls[this.device];
    if (this.#settings) {
      if (wasmUrl !== undefined && wasmUrl !== this.#settings.wasmUrl) {
        throw new ArgumentError(
          'wasmPaths',
          `${this.#settings.wasmUrl ?? 'the default'}, which the first model loaded in this thread fixed (leave it out, or load with execution: 'worker')`,
          wasmUrl,
        );
      }
      return;
    }
    if (wasmUrl !== undefined) await probe(wasmUrl);
    // Threads share memory, which the browser allows to cross-origin isolated pages alone.
    const usable = globalThis.crossOriginIsolated && this.device === 'wasm' ? threads : 1;
    env.logLevel = 'error';
    env.wasm.numThreads = usable;
    if (wasmUrl !== undefined) env.wasm.wasmPaths = { wasm: wasmUrl };
    this.#settings = { wasmUrl, numThreads: usable };
  }

  #failed(cause?: unknown): LatentkitError {
    return new LatentkitError(
      'device-unavailable',
      `ONNX Runtime's WebAssembly for ${this.device} did not start: ${this.#failure}. It cannot be started twice in one ` +
        "page: mend the cause and reload the page, or load the model with execution: 'worker', which starts afresh.",
      { cause },
    );
  }
}

const runtimes = new Map<WebDevice, Runtime>();

/** This thread's runtime for a device. */
export function runtimeFor(device: WebDevice): Runtime {
  let runtime = runtimes.get(device);
  if (!runtime) {
    runtime = new Runtime(device);
    runtimes.set(device, runtime);
  }
  return runtime;
}

/**
 * Looks whether a URL leads to WebAssembly before ONNX Runtime tries it, since its failure would be
 * final. Servers of single-page apps answer an unknown path with a page and status 200.
 */
async function probe(url: string): Promise<void> {
  const found = await firstBytes(url);
  if (found !== undefined) {
    throw new LatentkitError(
      'device-unavailable',
      `${url} should be ONNX Runtime's WebAssembly, but ${found}.`,
    );
  }
}

async function firstBytes(url: string): Promise<string | undefined> {
  const controller = new AbortController();
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok) return `the server answered ${response.status}`;
    const { value } = (await response.body?.getReader().read()) ?? {};
    const magic = [0x00, 0x61, 0x73, 0x6d];
    return magic.every((byte, index) => value?.[index] === byte)
      ? undefined
      : `its content is something else (${response.headers.get('content-type') ?? 'no content type'})`;
  } catch (error) {
    return `it could not be fetched (${(error as Error).message})`;
  } finally {
    controller.abort();
  }
}
