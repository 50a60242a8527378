import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ROWS_AT_A_TIME, type ScanKernel } from './scan-kernel.ts';

/** A scan that is cut into pieces, which whoever is free takes one after the other. Addresses and sizes are in bytes. */
export interface ScanWork {
  readonly module: WebAssembly.Module;
  /** A shared one. */
  readonly memory: WebAssembly.Memory;
  readonly kind: keyof ScanKernel;
  /** Where the number of the next piece stands, an int32. */
  readonly next: number;
  readonly pieces: number;
  readonly rows: number;
  readonly end: number;
  readonly pieceBytes: number;
  readonly rowBytes: number;
  readonly query: number;
  /** The results of all rows, four bytes each. */
  readonly out: number;
}

/**
 * Takes pieces until none is left, as `VectorBlock.scan` does, and tells their numbers. It is a text, since a file
 * beside this one would have to be found again by every bundler.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ module, memory, kind, next, pieces, rows, end, pieceBytes, rowBytes, query, out }) => {
  const scan = new WebAssembly.Instance(module, { env: { memory } }).exports[kind];
  const counter = new Int32Array(memory.buffer, next, 1);
  const done = [];
  for (let piece; (piece = Atomics.add(counter, 0, 1)) < pieces; done.push(piece)) {
    const first = rows + piece * pieceBytes;
    const stride = (Math.min(first + pieceBytes, end) - first) / ${ROWS_AT_A_TIME};
    const to = out + ((piece * pieceBytes) / rowBytes) * 4;
    scan(first, stride, rowBytes, query, to, (stride / rowBytes) * 4);
  }
  parentPort.postMessage(done);
});
`;

/** More threads than this wait for memory, not for each other. */
const MOST_THREADS = 8;

/** A thread that scans beside the caller's. */
class ScanThread {
  readonly #worker: Worker;
  #settle: ((pieces: readonly number[]) => void) | undefined;
  #started = false;

  /** @param onEnd called when it has ended, by whatever reason */
  constructor(onEnd: () => void) {
    this.#worker = new Worker(THREAD, { eval: true, name: 'latentkit-scan', execArgv: [] });
    this.#worker.once('online', () => {
      this.#started = true;
    });
    this.#worker.on('message', (pieces: readonly number[]) => this.#settled(pieces));
    // What it had taken is scanned by the caller; an end follows each error.
    this.#worker.on('error', () => {});
    this.#worker.on('exit', () => {
      this.#started = false;
      this.#settled([]);
      onEnd();
    });
    this.#worker.unref();
  }

  get idle(): boolean {
    return this.#started && this.#settle === undefined;
  }

  /** The numbers of the pieces that it scanned; of one that ended meanwhile, none. */
  scan(work: ScanWork): Promise<readonly number[]> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      // A process does not end before its search.
      this.#worker.ref();
      this.#worker.postMessage(work);
    });
  }

  #settled(pieces: readonly number[]): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#worker.unref();
    settle?.(pieces);
  }
}

let threads: Set<ScanThread> | undefined;

/**
 * The threads that wait for work, of those that all indexes of a process share. They are started by the first call,
 * which does not wait for them, and keep no process alive. Where none can be had, the caller scans alone.
 */
export function idleThreads(): readonly ScanThread[] {
  threads ??= startThreads(Math.min(availableParallelism(), MOST_THREADS) - 1);
  return [...threads].filter(({ idle }) => idle);
}

function startThreads(count: number): Set<ScanThread> {
  const started = new Set<ScanThread>();
  try {
    while (started.size < count) {
      const thread: ScanThread = new ScanThread(() => started.delete(thread));
      started.add(thread);
    }
  } catch {
    // A runtime without threads, or without leave to start one.
  }
  return started;
}
