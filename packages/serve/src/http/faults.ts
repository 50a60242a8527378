import { type ErrorCode, LatentkitError } from '@latentkit/core';
import type { FastifyError } from 'fastify';

/** A request that is refused for its form, with the status that says so. */
export class Fault extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.name = 'Fault';
    this.statusCode = statusCode;
  }
}

const STATUSES: Partial<Record<ErrorCode, number>> = {
  'invalid-argument': 400,
  'invalid-input': 400,
  'not-found': 404,
  'too-large': 413,
  'queue-full': 503,
  // Nobody reads the answer to a request that was given up.
  aborted: 499,
};

/** The status and the words of the answer to a request that failed. */
export function answerTo(error: unknown): { readonly status: number; readonly message: string } {
  if (LatentkitError.isInstance(error)) {
    return { status: STATUSES[error.code] ?? 500, message: error.message };
  }
  const { statusCode = 500, message } = error as FastifyError;
  return { status: statusCode, message };
}

/** What a client that is refused for now is told to wait, in seconds. */
export const RETRY_AFTER = '1';
