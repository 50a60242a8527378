export { type LoadOptions, loadModelFile } from './node/load-model-file.ts';
export { onnxCheck } from './node/onnx-check.ts';
export { type SaveOptions, saveModelFile } from './node/save-model-file.ts';
