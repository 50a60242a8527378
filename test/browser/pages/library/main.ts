import * as latentkit from '@latentkit/web';

declare global {
  /** The whole library, for tests to call from outside. */
  var lk: typeof import('@latentkit/web');
}

globalThis.lk = latentkit;
