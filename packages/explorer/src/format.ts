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
