export { F32, F64, I32, I64, op, V128, type WasmFunction, wasmModule } from './wasm-writer.ts';
export { whileBelow } from './while-below.ts';
