export {
  type DatasetConfig,
  nameOrPath,
  namesData,
  type ResolvedConfig,
  resolveConfig,
  type TrainConfig,
} from './config.ts';
export { flagsOf, helpOf, standardInWords, useInWords } from './describe.ts';
export type { Domain } from './domain.ts';
export type { Setting, Table } from './setting.ts';
export { DATA_SETTINGS, SETTING_GROUPS, SETTINGS } from './table.ts';
