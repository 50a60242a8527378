export { FLOAT16_BLOCK_LIST, type Float16Options, toFloat16 } from './to-float16.ts';
export { type Int8Options, toInt8 } from './to-int8.ts';
export type { InitializerReport, KeptNode, VariantReport } from './variant-report.ts';
export {
  type MakeVariant,
  type MeasuredVariant,
  type WithinErrorOptions,
  withinError,
} from './within-error.ts';
