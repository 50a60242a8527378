import { LatentkitError } from '@latentkit/core';
import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

/** Thrown by a command that has said already what is wrong, to set the exit code alone. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.name = 'Exit';
    this.code = code;
  }
}

/**
 * Says what went wrong and returns the exit code. Errors that latentkit throws on purpose are told
 * by their message; anything else is a fault of the program and is told with its stack.
 *
 * @param afterwards what is said of an interruption: what is left of the work, how to go on
 * @param given the options that were given, by the names that the library has for them
 */
export function reportFailure(
  error: unknown,
  verbose: boolean,
  io: Io,
  afterwards = '',
  given: ReadonlyMap<string, string> = new Map(),
): number {
  if (error instanceof Exit) return error.code;
  // Commander has printed its own message by then.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!isDeliberate(error)) {
    io.err(`latentkit stopped on an unexpected error; please report it.\n${stackOf(error)}`);
    return EXIT.failure;
  }
  if (error.code === 'aborted') {
    io.err(['Interrupted.', afterwards].filter(Boolean).join(' '));
    return EXIT.interrupted;
  }
  const isCondition = isOfCondition(error);
  io.err(`error: ${verbose ? stackOf(error) : inOptions(error, given)}`);
  // What commander refuses points to the help; what a verb refuses says itself what it takes, often of a file or a folder.
  return error.code === 'invalid-argument' || isCondition ? EXIT.usage : EXIT.failure;
}

/** The message with the option that was typed in the place of the library's name for it. */
function inOptions(error: Error & { code: string }, given: ReadonlyMap<string, string>): string {
  const { message } = error;
  if (isOfCondition(error)) return `--${message}`;
  const name = /^([\w.]+): /.exec(message)?.[1];
  const option =
    error.code === 'invalid-argument' && name !== undefined ? given.get(name) : undefined;
  return option === undefined ? message : `${option}${message.slice(name?.length)}`;
}

/** To a program a condition is data like a batch; here it comes from an option, and a wrong one is wrong usage. */
function isOfCondition(error: Error & { code: string }): boolean {
  return error.code === 'invalid-input' && error.message.startsWith('condition: ');
}

/** Errors of our packages share the style: a marker, a `code` and a message for people. */
function isDeliberate(error: unknown): error is Error & { code: string } {
  return (
    LatentkitError.isInstance(error) ||
    MARKERS.some((marker) => typeof error === 'object' && error !== null && marker in error)
  );
}

const MARKERS = [Symbol.for('latentkit.onnx.error'), Symbol.for('latentkit.tfjs-to-onnx.error')];

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
