/** Runs that a model takes at a time, whichever of its graphs they are of. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes one; false if there is none, and `whenFree` is then called, once, when there may be. */
  take(whenFree: () => void): boolean {
    if (this.#free === 0) {
      this.#waiting.add(whenFree);
      return false;
    }
    this.#free -= 1;
    return true;
  }

  give(): void {
    this.#free += 1;
    // Whoever waits longest has the first chance, so that no graph starves another.
    for (const notify of this.#waiting) {
      this.#waiting.delete(notify);
      notify();
      if (this.#free === 0) return;
    }
  }
}
