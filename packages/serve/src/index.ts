export type { AnswerReport } from './http/answer-report.ts';
export type { Models } from './models/model-names.ts';
export type { ServeOptions } from './options.ts';
export { type Served, serve } from './serve.ts';
export { type TritonOptions, writeTritonRepository } from './triton/repository.ts';
