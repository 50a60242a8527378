import { LatentkitError } from '@latentkit/core';
import { requireHere } from '@latentkit/system/ort';

/**
 * The compiled worker, by the name of the package alone: within the package it is the package's own, and from
 * where a bundler has moved this code it is that of the installed one. A file beside this code may be
 * somebody else's `worker.mjs`.
 */
export function workerFile(): string {
  try {
    return requireHere().resolve('@latentkit/node/worker');
  } catch (cause) {
    throw new LatentkitError(
      'missing-dependency',
      "The worker of @latentkit/node (dist/worker.cjs) was not found. Leave '@latentkit/node' out of the bundle (mark it as external), or load the model with execution: 'inline'.",
      { cause },
    );
  }
}
