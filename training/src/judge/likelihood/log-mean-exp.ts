/** ln of the mean of exp(v), as the values come in: no exponential overflows, nothing is kept but two numbers. */
export class LogMeanExp {
  #largest = Number.NEGATIVE_INFINITY;
  /** Σ exp(v − largest) */
  #sum = 0;
  #count = 0;

  addAll(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.add(values[i] as number);
  }

  add(value: number): void {
    this.#count += 1;
    if (value <= this.#largest) {
      // Both −∞: nothing to add, and their difference is NaN.
      if (value > Number.NEGATIVE_INFINITY) this.#sum += Math.exp(value - this.#largest);
      return;
    }
    this.#sum = this.#sum * Math.exp(this.#largest - value) + 1;
    this.#largest = value;
  }

  /** −∞ where no value was above it; NaN before the first value, or after a NaN. */
  get value(): number {
    if (this.#count === 0) return Number.NaN;
    return this.#largest + Math.log(this.#sum / this.#count);
  }
}
