import { decodeSafetensors, encodeSafetensors } from '@latentkit/core/runtime';
import * as latentkit from '@latentkit/web';

const library = { ...latentkit, decodeSafetensors, encodeSafetensors };

declare global {
  /** The whole library, for tests to call from outside, and what carries tensors to it and back. */
  var lk: typeof library;
}

globalThis.lk = library;
