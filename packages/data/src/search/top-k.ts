/** The k smallest of many numbers, and the indices that they stand at; of equals, those of the lowest. */
export class TopK {
  readonly #k: number;
  /** A heap whose root is the worst of those kept. */
  readonly #values: number[] = [];
  readonly #indices: number[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** Numbers above it are not among the k smallest. */
  get bound(): number {
    return this.#values.length < this.#k ? Number.POSITIVE_INFINITY : (this.#values[0] as number);
  }

  /** Takes a number, in any order; those above {@link bound} need not be given. */
  add(value: number, index: number): void {
    const [values, indices] = [this.#values, this.#indices];
    if (values.length < this.#k) {
      values.push(value);
      indices.push(index);
      this.#raise(values.length - 1);
    } else if (isWorse(values[0] as number, indices[0] as number, value, index)) {
      values[0] = value;
      indices[0] = index;
      this.#lower();
    }
  }

  /** The best first. */
  sorted(): { readonly value: number; readonly index: number }[] {
    return this.#values
      .map((value, i) => ({ value, index: this.#indices[i] as number }))
      .sort((a, b) => a.value - b.value || a.index - b.index);
  }

  #isWorse(a: number, b: number): boolean {
    const [values, indices] = [this.#values, this.#indices] as const;
    return isWorse(
      values[a] as number,
      indices[a] as number,
      values[b] as number,
      indices[b] as number,
    );
  }

  #swap(a: number, b: number): void {
    for (const list of [this.#values, this.#indices]) {
      [list[a], list[b]] = [list[b] as number, list[a] as number];
    }
  }

  #raise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #lower(): void {
    const { length } = this.#values;
    for (let at = 0; ; ) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < length && this.#isWorse(child, worst)) worst = child;
      }
      if (worst === at) return;
      this.#swap(at, worst);
      at = worst;
    }
  }
}

/** Whether x at one index comes after y at another. */
function isWorse(x: number, xIndex: number, y: number, yIndex: number): boolean {
  return x === y ? xIndex > yIndex : x > y;
}
