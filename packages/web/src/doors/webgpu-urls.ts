import { ORT_FILES } from '../ort/ort-files.ts';
import type { WasmUrls } from '../ort/placement.ts';
import { placedFile } from '../sources/page-address.ts';

/** Where ONNX Runtime's WebAssembly for the GPU lies; see `wasm-urls.ts`. */
export const webgpuUrls: WasmUrls =
  import.meta.url === undefined
    ? {}
    : {
        [ORT_FILES.webgpu.name]: placedFile(
          new URL('./ort-wasm-simd-threaded.asyncify.wasm', import.meta.url),
        ).href,
      };
