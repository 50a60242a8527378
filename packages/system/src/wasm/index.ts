export { F32, F64, I32, op, V128, type WasmFunction, wasmModule } from './wasm-writer.ts';
