export { type LoadOptions, loadModelFile } from './node/load-model-file.ts';
export { type SaveOptions, saveModelFile } from './node/save-model-file.ts';
