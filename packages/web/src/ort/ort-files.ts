/** A file of ONNX Runtime's that a build of it needs. */
export interface OrtFile {
  /** Its name in the package, and in every folder given as `wasmPaths`. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The WebAssembly that belongs to ONNX Runtime's JavaScript to the byte: its exports have other names in
 * every build, so that no other file would do. (The package's build compares it with the installed version.)
 */
export const ORT_FILES = {
  wasm: {
    name: 'ort-wasm-simd-threaded.wasm',
    bytes: 14_239_897,
    sha256: '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
  },
  webgpu: {
    name: 'ort-wasm-simd-threaded.asyncify.wasm',
    bytes: 26_781_914,
    sha256: '39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da',
  },
} as const satisfies Record<string, OrtFile>;
