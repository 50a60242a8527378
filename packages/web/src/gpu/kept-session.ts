import { DisposedError } from '@latentkit/core';
import { type CreateOn, type Gpu, type Opened, runError, type Session } from './session.ts';

/** How long after a failure on the GPU the browser may take to say that the device is lost. */
const LOSS_REPORT_MS = 100;

/**
 * A session that outlives the loss of its GPU device: what was running is run once more, on a device that is
 * asked for again. Not safe for two calls at a time: `Runtime.exclusive` sees to that.
 */
export class KeptSession implements Session {
  readonly #create: CreateOn;
  /** For another device: browsers may keep a Blob outside their memory. */
  readonly #bytes: Blob;
  #opened: Opened<Gpu> | undefined;

  constructor(opened: Opened<Gpu>, bytes: Uint8Array, create: CreateOn) {
    this.#opened = opened;
    this.#bytes = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    this.#create = create;
  }

  /**
   * Runs `work` with the session; twice, where the device is lost meanwhile.
   *
   * @throws DisposedError; DeviceError where the device is lost and no other is given; LatentkitError `runtime`
   */
  async use<T>(work: (opened: Opened<Gpu>) => Promise<T>): Promise<T> {
    const opened = await this.#current();
    try {
      return await guarded(opened.gpu, work(opened));
    } catch (error) {
      if (opened.gpu.loss === undefined) throw error;
    }
    const again = await this.#current();
    return guarded(again.gpu, work(again));
  }

  async #current(): Promise<Opened<Gpu>> {
    const opened = this.#opened;
    if (!opened) throw new DisposedError('The graph');
    const lost = opened.gpu;
    if (lost.loss === undefined) return opened;
    try {
      const gpu = await lost.next();
      const bytes = new Uint8Array(await this.#bytes.arrayBuffer());
      this.#opened = { gpu, session: await this.#create(bytes, gpu) };
      return this.#opened;
    } catch (cause) {
      throw lost.lossError(cause);
    }
  }

  async release(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // With its device, a session's memory on the GPU is gone; releasing it would wait for the GPU for ever.
    if (opened?.gpu.loss === undefined) await opened?.session.release();
  }
}

/**
 * A run on a device that is lost meanwhile may never settle, or fail with words about buffers just
 * before the browser reports the loss.
 */
async function guarded<T>(gpu: Gpu, run: Promise<T>): Promise<T> {
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
