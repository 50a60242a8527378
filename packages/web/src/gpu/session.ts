import { type DeviceError, DisposedError, LatentkitError } from '@latentkit/core';

/** By its place: a name from there would be one of our own declarations'. */
export type InferenceSession = import('onnxruntime-web/wasm').InferenceSession;

/** A session, and the device that it runs on; undefined on the processor. */
export interface Opened<D = Gpu | undefined> {
  readonly session: InferenceSession;
  readonly gpu: D;
}

/** Opens a graph on a GPU device. */
export type CreateOn = (bytes: Uint8Array, gpu: Gpu) => Promise<InferenceSession>;

/** A session as runs use it. */
export interface Session {
  /**
   * Runs `work` with the session.
   *
   * @throws DisposedError; LatentkitError `runtime`
   */
  use<T>(work: (opened: Opened) => Promise<T>): Promise<T>;
  /** Idempotent. */
  release(): Promise<void>;
}

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
   * A session on this device that outlives its loss.
   *
   * @param bytes its graph
   * @param create opens it again on another device
   */
  keep(session: InferenceSession, bytes: Uint8Array, create: CreateOn): Session;
  /**
   * The error of a call whose GPU device was lost.
   *
   * @param cause why no other was given
   */
  lossError(cause?: unknown): DeviceError;
}

/** A session on the processor; those on a GPU, which may be lost, are in `kept-session.ts`. */
export class ProcessorSession implements Session {
  #session: InferenceSession | undefined;

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  async use<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const session = this.#session;
    if (!session) throw new DisposedError('The graph');
    try {
      return await work({ session, gpu: undefined });
    } catch (error) {
      throw runError(error);
    }
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

/** The error of a run that failed. */
export function runError(cause: unknown): LatentkitError {
  if (LatentkitError.isInstance(cause)) return cause;
  return new LatentkitError('runtime', `The graph failed: ${(cause as Error).message}`, { cause });
}
