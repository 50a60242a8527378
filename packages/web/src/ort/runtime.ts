import { type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { browserCache } from '../sources/file-cache.ts';
import type { Offline } from '../sources/url-source.ts';
import type { OnGpu, Ort, OrtBuild } from './builds.ts';
import { Mutex } from './mutex.ts';
import { ortBytes } from './ort-bytes.ts';

/** How a build of ONNX Runtime is started, if it is not yet. */
export interface StartSettings {
  /** Where its WebAssembly lies. */
  readonly wasmUrl: string | undefined;
  readonly threads: number;
  /** Keep its WebAssembly in the cache, and take it from there. */
  readonly cache: boolean;
  readonly offline?: Offline | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * One build of ONNX Runtime in this thread. Its WebAssembly instance starts once, with the settings
 * of the first session, and cannot be started again if that fails. Creating, running and releasing
 * sessions all go through one mutex: the glue code saves and restores the instance's stack pointer
 * around awaits, so calls that interleave would find their arguments in memory that the stack has taken
 * back, and the WebGPU build unwinds its stack while it waits for the GPU and cannot be entered then.
 */
export class Runtime {
  readonly #build: OrtBuild;
  readonly #mutex = new Mutex();
  #threads: number | undefined;
  #failure: string | undefined;
  #started = false;

  constructor(build: OrtBuild) {
    this.#build = build;
  }

  /** The number of threads that the runtime started with. */
  get threads(): number {
    return this.#threads ?? 1;
  }

  /** Runs `work` alone. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(work);
  }

  /**
   * Runs `work`, which creates a session, alone and with the runtime's WebAssembly in place.
   *
   * @throws LatentkitError `device-unavailable` if ONNX Runtime's own files do not come or do not start;
   *   AbortedError
   */
  create<T>(settings: StartSettings, work: (ort: Ort) => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      if (this.#failure !== undefined) throw this.#failed();
      const ort = await this.#imported(() => this.#build.load());
      if (!this.#started) await this.#prepare(ort, settings);
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
        this.#started = true;
        throw error;
      } finally {
        // ONNX Runtime has its own by now.
        Reflect.deleteProperty(ort.env.wasm, 'wasmBinary');
      }
    });
  }

  /**
   * What its sessions on a GPU need.
   *
   * @throws LatentkitError `device-unavailable`
   */
  onGpu(): Promise<OnGpu> {
    return this.#imported(async () => {
      const onGpu = await this.#build.onGpu?.();
      if (!onGpu) throw new Error('it is not for GPUs');
      return onGpu;
    });
  }

  async #imported<T>(load: () => Promise<T>): Promise<T> {
    try {
      return await load();
    } catch (cause) {
      throw new LatentkitError(
        'device-unavailable',
        `ONNX Runtime's JavaScript for ${this.#build.file.name} could not be loaded: ${(cause as Error).message}. ` +
          "Where none can be imported later, as in service workers, import '@latentkit/web/wasm', which holds it.",
        { cause },
      );
    }
  }

  async #prepare(
    { env }: Ort,
    { wasmUrl, threads, cache, offline, signal }: StartSettings,
  ): Promise<void> {
    const bytes = await ortBytes(this.#build.file, {
      url: wasmUrl,
      cache: cache ? browserCache : undefined,
      offline,
      signal,
    });
    // Threads share memory, which the browser allows to cross-origin isolated pages alone.
    this.#threads = globalThis.crossOriginIsolated ? threads : 1;
    env.logLevel = 'error';
    env.wasm.numThreads = this.#threads;
    env.wasm.wasmBinary = bytes as Uint8Array<ArrayBuffer>;
  }

  #failed(cause?: unknown): LatentkitError {
    return new LatentkitError(
      'device-unavailable',
      `ONNX Runtime's WebAssembly (${this.#build.file.name}) did not start: ${this.#failure}. Mend the ` +
        "cause and reload the page, or load with execution: 'worker', which starts afresh.",
      { cause },
    );
  }
}

const runtimes = new Map<string, Runtime>();

/** This thread's runtime of a build. */
export function runtimeFor(build: OrtBuild): Runtime {
  let runtime = runtimes.get(build.file.name);
  if (!runtime) {
    runtime = new Runtime(build);
    runtimes.set(build.file.name, runtime);
  }
  return runtime;
}
