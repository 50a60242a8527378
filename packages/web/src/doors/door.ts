import type { OrtBuilds } from '../ort/builds.ts';
import type { Offered } from '../ort/placement.ts';

/**
 * One entry of the package: which builds of ONNX Runtime it holds, and where the files beside it lie. A
 * door reaches no file of the builds that it does not hold, so that bundlers emit none.
 */
export interface Door extends Offered {
  readonly builds: OrtBuilds;
  /** The script of the door's workers, which needs no other file; undefined in the CommonJS build. */
  readonly workerUrl: URL | undefined;
}
