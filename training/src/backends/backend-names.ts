export const BACKEND_NAMES = ['tfjs-node', 'wasm', 'cpu'] as const;
/** Where the tensors are computed: libtensorflow, WebAssembly, or plain JavaScript. */
export type BackendName = (typeof BACKEND_NAMES)[number];
