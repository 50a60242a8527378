import { ArgumentError } from '@latentkit/core';
import {
  checkCallback,
  checkFlag,
  checkInteger,
  checkList,
  checkNames,
} from '@latentkit/core/runtime';
import type { LoadOptions } from '@latentkit/node';
import { checkFilled } from '@latentkit/system';
import type { AnswerReport } from './http/answer-report.ts';
import type { Models } from './models/model-names.ts';

/** What a server of models is told; all but the models has a standard. */
export interface ServeOptions
  extends Pick<
    LoadOptions,
    'device' | 'strict' | 'dtype' | 'execution' | 'workers' | 'threads' | 'signal'
  > {
  /**
   * Folders of models, or of several models (each is served under its folder's name), or sources by the names that
   * they are served under. Each graph of a model is one model of the protocol: `NAME-encoder`, `NAME-decoder`.
   */
  readonly models: Models;
  /** 8000 by default, as Triton has it; 0 for any that is free. */
  readonly port?: number | undefined;
  /** The address to listen at: `'127.0.0.1'` by default, this machine alone; `'0.0.0.0'` for all. */
  readonly host?: string | undefined;
  /** The most rows of a batch, and of a request; 64 by default. */
  readonly maxBatch?: number | undefined;
  /** How long a batch waits for further requests, in milliseconds; 1 by default, 0 for not at all. */
  readonly maxDelayMs?: number | undefined;
  /** Requests of one graph that may wait, at least 1, since each waits for its batch; more are answered with 503. 256 by default. */
  readonly maxQueue?: number | undefined;
  /** The most bytes of a request; 64 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** Milliseconds in which a request must have come whole; 30,000 by default. */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Milliseconds in which a server that closes still listens and answers 503, so that clients and balancers which keep
   * connections hear of it before these end, at the least: it goes on while connections wait to be taken; 100 by default.
   */
  readonly lingerMs?: number | undefined;
  /** Milliseconds that {@link Served.close} waits for what was accepted; 30,000 by default. */
  readonly graceMs?: number | undefined;
  /** Origins whose pages may ask (`'https://example.org'`), or `'*'` for all; none by default. */
  readonly cors?: string | readonly string[] | undefined;
  /**
   * Told of each inference request when it is answered, or given up: an access log. What it throws is told to `onError`.
   */
  readonly onAnswer?: ((answer: AnswerReport) => void) | undefined;
  /**
   * Told of errors that are the server's own: those answered with status 500, and those of `onAnswer`. What it throws
   * itself is a warning of the process.
   */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** Their names. */
const OPTIONS: Readonly<Record<keyof ServeOptions, true>> = {
  models: true,
  port: true,
  host: true,
  device: true,
  strict: true,
  dtype: true,
  execution: true,
  workers: true,
  threads: true,
  signal: true,
  maxBatch: true,
  maxDelayMs: true,
  maxQueue: true,
  maxBodyBytes: true,
  requestTimeoutMs: true,
  lingerMs: true,
  graceMs: true,
  cors: true,
  onAnswer: true,
  onError: true,
};

type Settled = Required<
  Pick<
    ServeOptions,
    | 'port'
    | 'host'
    | 'maxBatch'
    | 'maxDelayMs'
    | 'maxQueue'
    | 'maxBodyBytes'
    | 'requestTimeoutMs'
    | 'lingerMs'
    | 'graceMs'
  >
>;

export interface SettledOptions
  extends Readonly<{ [K in keyof Settled]: NonNullable<Settled[K]> }> {
  readonly cors: readonly string[];
}

/** @throws ArgumentError */
export function checkDelay(maxDelayMs: unknown): void {
  if (typeof maxDelayMs === 'number' && maxDelayMs >= 0 && maxDelayMs <= 60_000) return;
  throw new ArgumentError('maxDelayMs', 'milliseconds from 0 to 60000', maxDelayMs);
}

/** The options with what stands for those that are absent. @throws ArgumentError */
export function settle(options: ServeOptions): SettledOptions {
  checkNames(options, OPTIONS, "{ models: 'models' }");
  const {
    port = 8000,
    host = '127.0.0.1',
    maxBatch = 64,
    maxDelayMs = 1,
    maxQueue = 256,
  } = options;
  const { maxBodyBytes = 2 ** 26, requestTimeoutMs = 30_000 } = options;
  const { lingerMs = 100, graceMs = 30_000 } = options;
  const { cors = [], strict, onAnswer, onError } = options;
  checkInteger('port', port, 0, 65_535);
  // To Node, none is every address of the machine.
  checkFilled('host', host, "an address to listen at, such as '127.0.0.1'");
  checkFlag('strict', strict);
  checkInteger('maxBatch', maxBatch, 1, 2 ** 20);
  checkDelay(maxDelayMs);
  checkInteger('maxQueue', maxQueue, 1);
  checkInteger('maxBodyBytes', maxBodyBytes, 1, 2 ** 31 - 1);
  checkInteger('requestTimeoutMs', requestTimeoutMs, 1, 2 ** 31 - 1);
  checkInteger('lingerMs', lingerMs, 0, 2 ** 31 - 1);
  checkInteger('graceMs', graceMs, 0, 2 ** 31 - 1);
  const origins = typeof cors === 'string' ? [cors] : cors;
  checkList('cors', origins, 'an origin, or an array of them');
  for (const origin of origins as readonly unknown[]) checkOrigin(origin);
  checkCallback('onAnswer', onAnswer);
  checkCallback('onError', onError);
  const limits = {
    maxBatch,
    maxDelayMs,
    maxQueue,
    maxBodyBytes,
    requestTimeoutMs,
    lingerMs,
    graceMs,
  };
  return { port, host, ...limits, cors: origins };
}

/** What browsers send as Origin, to the letter: a path or a slash behind it would never be met. */
function checkOrigin(origin: unknown): void {
  if (origin === '*' || origin === 'null') return;
  if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin)
    return;
  throw new ArgumentError(
    'cors',
    "origins, such as 'https://example.org' (no path, no slash at the end), or '*'",
    origin,
  );
}
