export { type OptimizeOptions, optimize } from './optimize.ts';
export type { Pass, PassContext } from './pass.ts';
export { PASSES } from './registry.ts';
