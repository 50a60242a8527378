import { fitLine } from './line-fit.ts';

/** What a piece should take, in milliseconds: an abort, a frame and the event loop wait for one. */
const PIECE_MS = 16;

/**
 * What a piece should hold at most that is handed over to another thread, in bytes: the caller's copies it meanwhile,
 * and the garbage collector comes the more often the more is under way.
 */
const HANDED_OVER_BYTES = 2 * 2 ** 20;

/** Rows of large items that it may hold in any case: with fewer, to read the weights may be most of a run. */
const HANDED_OVER_ROWS = 16;

/** Rows of the first piece, of which nothing is known: few enough for a large network. */
const FIRST = 64;

/** A piece that took less than half of its time is followed by one at most so many times as large. */
const GROWTH = 4;

/**
 * How many rows a graph is given at a time, by what earlier runs took.
 *
 * A run takes some time however few its rows are: to read all weights, at least. Pieces are never so small that this is
 * most of what they take, or cutting a call would make it many times as long, and the less the machine has left, the
 * smaller the pieces.
 */
export class PieceSize {
  /** What a run takes beside its rows, by all runs; undefined for pieces of a fixed size. */
  readonly #launch: ((rows: number, elapsed: number) => number) | undefined;
  #rows: number;

  /** @param fixed the rows of every piece, whatever runs take; see `GraphRunner.rowsAtOnce` */
  constructor(fixed?: number) {
    this.#launch = fixed === undefined ? fitLine() : undefined;
    this.#rows = fixed ?? FIRST;
  }

  /** The rows of the next piece, of `left`: the pieces to come are of nearly one size. */
  next(left: number): number {
    return Math.ceil(left / Math.ceil(left / this.#rows));
  }

  /**
   * @param elapsed milliseconds that a run of `rows` took
   * @param handedOver bytes of its feeds, where it ran in another thread
   */
  learn(rows: number, elapsed: number, handedOver = 0): void {
    if (!this.#launch) return;
    const launch = Math.min(this.#launch(rows, elapsed), elapsed);
    const wanted = Math.max(PIECE_MS, 2 * launch);
    const fitting = Math.floor((rows * (wanted - launch)) / (elapsed - launch || 1e-3));
    if (elapsed > wanted) {
      // Half at most: one run may have been held up by whatever else the machine does.
      this.#rows = Math.max(Math.ceil(this.#rows / 2), fitting);
    } else if (2 * rows > this.#rows && fitting > 2 * rows) {
      // A smaller run says little of larger ones.
      this.#rows = Math.min(fitting, GROWTH * rows);
    }
    if (handedOver > 0) {
      const most = Math.floor((rows * HANDED_OVER_BYTES) / handedOver);
      this.#rows = Math.min(this.#rows, Math.max(most, HANDED_OVER_ROWS));
    }
  }
}
