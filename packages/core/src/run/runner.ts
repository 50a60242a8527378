import type { AbortSignalLike } from '../errors/index.ts';
import type { DType, Tensor } from '../tensor.ts';

/** The declared type of a graph's input or output; a string names a dynamic dimension. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

export interface RunOptions {
  readonly signal?: AbortSignalLike | undefined;
}

/** Options of one run of a graph. */
export interface GraphRunOptions extends RunOptions {
  /**
   * Tensors that outputs are written into, by name. The result holds these alone: others are not computed.
   */
  readonly outputs?: NamedTensors | undefined;
  /** Names of the outputs that the caller looks at, all by default: a runner may leave out the others. */
  readonly wanted?: readonly string[] | undefined;
  /**
   * The runner may keep the memory of the feeds, which are then detached: a runner in another thread
   * need not copy them.
   */
  readonly transfer?: boolean | undefined;
  /** What feeds of 8-bit pixels stand for: value = pixel · scale + offset. The graph takes floats. */
  readonly pixels?: PixelScale | undefined;
}

export interface PixelScale {
  readonly scale: number;
  readonly offset: number;
}

/** Where a graph runs, and what goes in and comes out. */
export interface GraphInterface {
  readonly device: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

export type NamedTensors = Readonly<Record<string, Tensor>>;

/** How one graph feeds another. */
export interface GraphLink {
  /** The output of the first, and the input of the second, of float32 and of the same size. */
  readonly output: string;
  readonly input: string;
  /** The name of a feed of the same size that is added on the way, where it is given. */
  readonly offset: string;
}

/**
 * Runs one ONNX graph: the only thing that core asks of a runtime. Implementations take as many runs
 * at a time as {@link OpenedGraphs.concurrency} says (core queues the others), copy nothing that they
 * need not copy, and reject with a LatentkitError of code `runtime` when the graph fails.
 */
export interface GraphRunner extends GraphInterface {
  /**
   * Runs do not block the calling thread, and {@link GraphRunOptions.pixels} is heeded: other runners are given
   * floats.
   */
  readonly remote?: boolean | undefined;
  /**
   * The most rows of a run, where runs hold up nobody here: calls are cut by this number, not by what runs take.
   */
  readonly rowsAtOnce?: number | undefined;
  run(feeds: NamedTensors, options?: GraphRunOptions): Promise<NamedTensors>;
  /**
   * Memory for a feed of the next run with `transfer`, where the runner has some left from an earlier
   * one. Its contents are arbitrary.
   */
  spareBuffer?(byteLength: number): ArrayBuffer | undefined;
  /**
   * This graph and `next` as one, where the device keeps what goes between them: it takes the feeds of both but the
   * link's input, and gives the outputs of `next`. Disposing of it leaves both as they are. Undefined where they
   * cannot be linked.
   */
  into?(next: GraphRunner, link: GraphLink): GraphRunner | undefined;
  /** Frees the session. Idempotent. */
  dispose(): Promise<void>;
}
