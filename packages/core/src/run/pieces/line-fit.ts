/** How much of its weight a point keeps when another is added: the last thirty or so matter. */
const KEPT = 0.97;

/** Points whose x all lie within a tenth of their mean say nothing of where a line through them meets the axis. */
const SPREAD = 0.01;

/** A straight line through points with y of at least 0, by least squares; the latest points count most. */
export class LineFit {
  #count = 0;
  #x = 0;
  #y = 0;
  #xx = 0;
  #xy = 0;
  #intercept = 0;

  add(x: number, y: number): void {
    this.#count = KEPT * this.#count + 1;
    this.#x = KEPT * this.#x + x;
    this.#y = KEPT * this.#y + y;
    this.#xx = KEPT * this.#xx + x * x;
    this.#xy = KEPT * this.#xy + x * y;
    const spread = this.#count * this.#xx - this.#x ** 2;
    if (spread <= SPREAD * this.#x ** 2) return;
    this.#intercept = Math.max(0, (this.#y * this.#xx - this.#x * this.#xy) / spread);
  }

  /** The y of the line at x = 0, at least 0; as it was last known where the points are too close, and 0 before. */
  get intercept(): number {
    return this.#intercept;
  }
}
