/** What a piece should take, in milliseconds: an abort, a frame and the event loop wait for one. */
const PIECE_MS = 16;

/** Rows of the first piece, of which nothing is known: few enough for a large network. */
const FIRST = 64;

/** A piece that took less than half of its time is followed by one at most so many times as large. */
const GROWTH = 4;

/** How many rows a graph is given at a time, by what earlier runs took. */
export class PieceSize {
  readonly #fixed: boolean;
  #rows: number;

  /** @param fixed the rows of every piece, whatever runs take; see `GraphRunner.rowsAtOnce` */
  constructor(fixed?: number) {
    this.#fixed = fixed !== undefined;
    this.#rows = fixed ?? FIRST;
  }

  /** The rows of the next piece, of `left`: the pieces to come are of nearly one size. */
  next(left: number): number {
    return Math.ceil(left / Math.ceil(left / this.#rows));
  }

  learn(rows: number, elapsedMs: number): void {
    if (this.#fixed) return;
    const fitting = Math.floor((rows * PIECE_MS) / Math.max(elapsedMs, 1e-3));
    if (elapsedMs > PIECE_MS) {
      // Half at most: one run may have been held up by whatever else the machine does.
      this.#rows = Math.max(Math.ceil(this.#rows / 2), fitting);
    } else if (2 * rows > this.#rows && elapsedMs < PIECE_MS / 2) {
      // A smaller run says little: a graph takes some time however few the rows are.
      this.#rows = Math.min(fitting, GROWTH * rows);
    }
  }
}
