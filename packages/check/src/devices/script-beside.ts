import { LatentkitError } from '@latentkit/core';
import { requireHere } from '@latentkit/system';

/**
 * The path of a script of this package that is not imported but started: beside the compiled code, or, in tests, which
 * run the sources, beside this file.
 *
 * @throws LatentkitError `missing-dependency` from a bundle that has left it behind
 */
export function scriptBeside(name: string): string {
  const { resolve } = requireHere();
  let cause: unknown;
  for (const place of [`./${name}`, `../../../check/src/devices/${name}`]) {
    try {
      return resolve(place);
    } catch (error) {
      cause = error;
    }
  }
  throw new LatentkitError(
    'missing-dependency',
    `${name} of @latentkit/check cannot be found. Leave @latentkit/check out of the bundle, or leave the devices wasm and chromium out.`,
    { cause },
  );
}
