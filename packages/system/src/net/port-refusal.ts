import { LatentkitError } from '@latentkit/core';

/** The error for a port that a server cannot have; any other failure to listen as it is. */
export function portRefusal(port: number, cause: NodeJS.ErrnoException): Error {
  const { code } = cause;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return cause;
  const why = code === 'EACCES' ? 'may not be used' : 'is in use';
  const message = `Port ${port} ${why}. Choose another, or 0 for any that is free.`;
  return new LatentkitError('in-use', message, { cause });
}
