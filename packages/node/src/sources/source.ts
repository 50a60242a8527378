import type { ModelFiles } from '@latentkit/core';

/** A folder's path, a `file:`, `http:` or `https:` URL of a folder, or the files in memory. */
export type Source = string | URL | ModelFiles;
