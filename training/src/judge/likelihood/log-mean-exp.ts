/**
 * ln of the mean of exp(v), as the values come in, and of how many of them it is in effect: no exponential overflows,
 * nothing is kept but three numbers.
 */
export class LogMeanExp {
  #largest = Number.NEGATIVE_INFINITY;
  /** Σ exp(v − largest) */
  #sum = 0;
  /** Σ exp(v − largest)² */
  #squares = 0;
  #count = 0;

  addAll(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.add(values[i] as number);
  }

  add(value: number): void {
    this.#count += 1;
    if (value <= this.#largest) {
      // Both −∞: nothing to add, and their difference is NaN.
      if (value > Number.NEGATIVE_INFINITY) {
        const weight = Math.exp(value - this.#largest);
        this.#sum += weight;
        this.#squares += weight ** 2;
      }
      return;
    }
    const shrunk = Math.exp(this.#largest - value);
    this.#sum = this.#sum * shrunk + 1;
    this.#squares = this.#squares * shrunk ** 2 + 1;
    this.#largest = value;
  }

  /** −∞ where no value was above it; NaN before the first value, or after a NaN. */
  get value(): number {
    if (this.#count === 0) return Number.NaN;
    return this.#largest + Math.log(this.#sum / this.#count);
  }

  /**
   * The effective sample size (Σ w)² / Σ w² of weights w = exp(v): from 1, where one has it all, to their count, where
   * they are equal (Kong 1992). NaN where all are 0.
   */
  get effectiveCount(): number {
    return this.#sum ** 2 / this.#squares;
  }
}
