import { type DeviceError, DisposedError, LatentkitError } from '@latentkit/core';

/** By its place: a name from there would be one of our own declarations'. */
type InferenceSession = import('onnxruntime-web/wasm').InferenceSession;

/** How long after a failure on the GPU the browser may take to say that the device is lost. */
const LOSS_REPORT_MS = 100;

/** A GPU device, and its end if it came to one. */
export interface Gpu {
  readonly device: GPUDevice;
  /** Why the device was lost; undefined while it works. */
  loss: string | undefined;
  /** Resolves when the device is lost. */
  readonly lost: Promise<unknown>;
  /**
   * The device that took its place.
   *
   * @throws LatentkitError `device-unavailable`
   */
  next(): Promise<Gpu>;
  /**
   * The error of a call whose GPU device was lost.
   *
   * @param cause why no other was given
   */
  lossError(cause?: unknown): DeviceError;
}

export interface Opened {
  readonly session: InferenceSession;
  /** The device that it runs on; undefined on the processor. */
  readonly gpu: Gpu | undefined;
}

/**
 * A session that outlives the loss of its GPU device: what was running is run once more, on a device that is
 * asked for again. Not safe for two calls at a time: `Runtime.exclusive` sees to that.
 */
export class KeptSession {
  readonly #create: (gpu: Gpu) => Promise<InferenceSession>;
  #opened: Opened | undefined;

  constructor(opened: Opened, create: (gpu: Gpu) => Promise<InferenceSession>) {
    this.#opened = opened;
    this.#create = create;
  }

  /**
   * Runs `work` with the session; twice, where the device is lost meanwhile.
   *
   * @throws DisposedError; DeviceError where the device is lost and no other is given; LatentkitError `runtime`
   */
  async use<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const opened = await this.#current();
    try {
      return await guarded(opened.gpu, work(opened));
    } catch (error) {
      if (opened.gpu?.loss === undefined) throw error;
    }
    const again = await this.#current();
    return guarded(again.gpu, work(again));
  }

  async #current(): Promise<Opened> {
    const opened = this.#opened;
    if (!opened) throw new DisposedError('The graph');
    const lost = opened.gpu;
    if (lost?.loss === undefined) return opened;
    try {
      const gpu = await lost.next();
      this.#opened = { gpu, session: await this.#create(gpu) };
      return this.#opened;
    } catch (cause) {
      throw lost.lossError(cause);
    }
  }

  async release(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // With its device, a session's memory on the GPU is gone; releasing it would wait for the GPU for ever.
    if (opened?.gpu?.loss === undefined) await opened?.session.release();
  }
}

/**
 * A run on a device that is lost meanwhile may never settle, or fail with words about buffers just
 * before the browser reports the loss.
 */
async function guarded<T>(gpu: Gpu | undefined, run: Promise<T>): Promise<T> {
  if (!gpu) {
    return run.catch((error) => {
      throw runError(error);
    });
  }
  const lost = gpu.lost.then(() => {
    throw gpu.lossError();
  });
  try {
    return await Promise.race([run, lost]);
  } catch (error) {
    await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOSS_REPORT_MS))]);
    throw gpu.loss === undefined ? runError(error) : gpu.lossError();
  }
}

function runError(cause: unknown): LatentkitError {
  if (LatentkitError.isInstance(cause)) return cause;
  return new LatentkitError('runtime', `The graph failed: ${(cause as Error).message}`, { cause });
}
