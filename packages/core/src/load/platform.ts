import type { PictureReader } from '../batch/pictures.ts';
import type { GraphName, ModelCard } from '../card/card.ts';
import type { AbortSignalLike, DeviceAttempt } from '../errors/index.ts';
import type { GraphRunner } from '../run/runner.ts';
import type { SelfTestPlan } from './self-test.ts';

/** Where the bytes of a model come from: a folder, a URL, memory. */
export interface ModelSource {
  /** For messages: the folder or URL. */
  readonly description: string;
  /**
   * Reads one file of the model by its bare name.
   *
   * @throws LatentkitError `not-found` or `network`; AbortedError
   */
  read(file: string, options: ReadOptions): Promise<Uint8Array>;
  /**
   * Opens graphs where the model is, on a server that runs them: their files are not read then, and the platform
   * opens nothing.
   *
   * @throws LatentkitError `not-found`, `network`, `queue-full`; AbortedError
   */
  open?(
    card: ModelCard,
    graphs: readonly GraphName[],
    options: Pick<ReadOptions, 'signal'>,
  ): Promise<OpenedGraphs>;
}

export interface ReadOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** What the card promises of the file; absent for the card itself. */
  readonly expected?: { readonly bytes: number; readonly sha256: string } | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

export interface LoadProgress {
  readonly file: string;
  /** Bytes read so far. */
  readonly loaded: number;
  /** Bytes in all; undefined where the server did not say. */
  readonly total: number | undefined;
}

/** The graphs that share one placement: all of them run on the same device. */
export type GraphBytes = Readonly<Record<string, Uint8Array>>;

export interface OpenedGraphs {
  readonly runners: Readonly<Record<string, GraphRunner>>;
  readonly attempts: readonly DeviceAttempt[];
  /** Runs that the runners, taken together, accept at a time; 1 by default. */
  readonly concurrency?: number;
}

export interface OpenOptions {
  readonly signal: AbortSignalLike | undefined;
  /** What a device must come through before it is trusted, see `trust`; undefined where nobody asks. */
  readonly selfTest: SelfTestPlan | undefined;
}

/** What a runtime package brings: everything else about a model is core's. `P` is what it reads as pictures. */
export interface Platform<P = never> {
  /** Lets encoders take pictures; without it they take items alone. */
  readonly readPictures?: PictureReader<P> | undefined;
  /** The lower-case hexadecimal SHA-256 of the bytes. */
  sha256(bytes: Uint8Array): Promise<string>;
  /** Says something to the person who runs the program, once. */
  warn?(message: string): void;
  /**
   * Opens the graphs on the first device of the policy that runs them all, and computes them rightly.
   *
   * @throws DeviceError with every attempt, if none does
   */
  open(graphs: GraphBytes, options: OpenOptions): Promise<OpenedGraphs>;
}
