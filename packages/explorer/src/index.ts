export type { DataOptions, ExplorerProgress } from './data/write-data.ts';
export * from './format.ts';
export type { ExplorerBatch, ExplorerItems } from './items.ts';
export { type ServedSite, serveSite } from './site/serve-site.ts';
export {
  type ExplorerOptions,
  type ExplorerReport,
  type ExplorerSiteOptions,
  writeExplorerData,
  writeExplorerSite,
} from './write-explorer.ts';
