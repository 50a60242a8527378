import { ORT_FILES } from '../ort/ort-files.ts';
import type { WasmUrls } from '../ort/placement.ts';
import { placedFile } from '../sources/page-address.ts';

/**
 * Where ONNX Runtime's WebAssembly for the processor lies: beside the package's scripts, or where a bundler
 * puts it, which looks for this very expression. The CommonJS build does not know its own address.
 */
export const wasmUrls: WasmUrls =
  import.meta.url === undefined
    ? {}
    : {
        [ORT_FILES.wasm.name]: placedFile(new URL('./ort-wasm-simd-threaded.wasm', import.meta.url))
          .href,
      };
