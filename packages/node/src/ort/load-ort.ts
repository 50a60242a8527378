import { LatentkitError } from '@latentkit/core';
import { loadOrt as load, type Ort } from '@latentkit/system/ort';

export { nativeFolder, type Ort } from '@latentkit/system/ort';

/**
 * Loads ONNX Runtime's native library, once, after its telemetry was switched off.
 *
 * @throws LatentkitError `missing-dependency` with what to do, if the library cannot be loaded
 */
export async function loadOrt(): Promise<Ort> {
  try {
    return await load();
  } catch (error) {
    const { message, cause } = error as Error;
    throw new LatentkitError('missing-dependency', message, { cause });
  }
}
