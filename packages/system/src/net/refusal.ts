import { LatentkitError } from '@latentkit/core';
import { withoutSecrets } from './secrets.ts';

/** Whether a server that answers so may answer otherwise later: it is busy or broken. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The error for a status that is no success. */
export function refusal(url: URL, file: string, status: number): LatentkitError {
  const where = withoutSecrets(url);
  if (status === 404 || status === 410) {
    return new LatentkitError(
      'not-found',
      `${where} does not exist (status ${status}). Check the URL: ${file} is looked for there.`,
    );
  }
  const transient = isTransient(status);
  return new LatentkitError(
    transient ? 'network' : 'not-found',
    `${where} was refused with status ${status}.${transient ? ' Try again later.' : ' Check the URL and its access rights.'}`,
  );
}
