export type { DataOptions, ExplorerProgress } from './data/write-data.ts';
export {
  type DimensionInfo,
  type DirectionInfo,
  EXPLORER_FILE,
  EXPLORER_FORMAT,
  type ExplorerInfo,
  type FactorInfo,
  POINTS_FILE,
  type ProjectionInfo,
  type SiteSettings,
  type ThumbnailInfo,
} from './explorer-info.ts';
export type { ExplorerBatch, ExplorerItems } from './items.ts';
export { type ServedSite, serveSite } from './site/serve-site.ts';
export {
  type ExplorerOptions,
  type ExplorerReport,
  type ExplorerSiteOptions,
  writeExplorerData,
  writeExplorerSite,
} from './write-explorer.ts';
