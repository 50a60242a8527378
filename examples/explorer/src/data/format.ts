/** What `explorer.json` and `site.json` hold; see docs/explorer.md. */
export type { ExplorerInfo, ProjectionInfo, SiteSettings } from '@latentkit/explorer/format';
