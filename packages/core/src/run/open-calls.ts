import { DisposedError } from '../errors/index.ts';

/** The calls under way on what is disposed of: those begun before are let finish, later ones are refused. */
export class OpenCalls {
  readonly #what: string;
  #open = 0;
  #whenIdle: (() => void) | undefined;
  #disposal: Promise<void> | undefined;

  /** @param what is called, for messages */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws DisposedError after {@link OpenCalls.end}; what the call throws */
  async during<T>(call: () => T | Promise<T>): Promise<T> {
    if (this.#disposal) throw new DisposedError(this.#what);
    return this.count(call);
  }

  /** Counts work that a call leaves behind. */
  async count<T>(work: () => T | Promise<T>): Promise<T> {
    this.#open += 1;
    try {
      return await work();
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#whenIdle?.();
    }
  }

  /** Lets the calls already made finish, then frees what they use. Idempotent. */
  end(free: () => unknown): Promise<void> {
    this.#disposal ??= new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      if (this.#open === 0) resolve();
    }).then(async () => void (await free()));
    return this.#disposal;
  }
}
