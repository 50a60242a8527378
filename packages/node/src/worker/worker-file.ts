import { LatentkitError } from '@latentkit/core';
import { requireHere } from '@latentkit/system/ort';

/**
 * The compiled worker: beside this file in the package, in dist when this file is a source (tests), or,
 * when a bundler has moved this code elsewhere, in the installed package.
 */
export function workerFile(): string {
  const { resolve } = requireHere();
  let cause: unknown;
  for (const name of ['./worker.mjs', '../../dist/worker.mjs', '@latentkit/node/worker']) {
    try {
      return resolve(name);
    } catch (error) {
      cause = error;
    }
  }
  throw new LatentkitError(
    'missing-dependency',
    "The worker of @latentkit/node (dist/worker.mjs) cannot be found. Leave '@latentkit/node' out of the bundle (mark it as external), or load the model with execution: 'inline'.",
    { cause },
  );
}
