import { type ErrorCode, LatentkitError } from '@latentkit/core';
import type { FastifyError, FastifyRequest } from 'fastify';

/** A request that is refused for its form, with the status that says so. */
export class Fault extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.name = 'Fault';
    this.statusCode = statusCode;
  }
}

/** Of a client that went away before it was answered: nobody reads the answer. */
export const GONE = 499;

const STATUSES: Partial<Record<ErrorCode, number>> = {
  'invalid-argument': 400,
  'invalid-input': 400,
  'not-found': 404,
  'too-large': 413,
  'queue-full': 503,
  aborted: GONE,
};

/** Letters of what came that an answer repeats. */
const SHOWN = 200;

/** What the framework refuses before a route is reached, in our words. */
const REFUSED: Readonly<Record<string, (request: FastifyRequest) => string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ({ headers }) =>
    `content-type: expected a media type, such as application/json, or none, received '${shown(headers['content-type'])}'.`,
  FST_ERR_BAD_URL: ({ url }) =>
    `The address ${shown(url)} cannot be read: expected UTF-8, each byte beyond ASCII as % and two hexadecimal digits.`,
  FST_ERR_MAX_PARAM_LENGTH: ({ url }) =>
    `The address ${shown(url)}… has a name that is too long: expected one of the models that GET /v2/repository/index lists.`,
};

const shown = (text = '') => text.slice(0, SHOWN);

/** The status and the words of the answer to a request that failed. */
export function answerTo(
  error: unknown,
  request: FastifyRequest,
): { readonly status: number; readonly message: string } {
  if (LatentkitError.isInstance(error)) {
    return { status: STATUSES[error.code] ?? 500, message: error.message };
  }
  const { code, statusCode = 500, message } = error as FastifyError;
  return { status: statusCode, message: REFUSED[code]?.(request) ?? message };
}

/** What a client that is refused for now is told to wait, in seconds. */
export const RETRY_AFTER = '1';
