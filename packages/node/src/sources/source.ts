import type { ModelFiles } from '@latentkit/core';

/**
 * A folder's path, a `file:`, `http:` or `https:` URL of a folder, the `oip+http:` or `oip+https:` URL of a model that
 * a server runs, or the files in memory.
 */
export type Source = string | URL | ModelFiles;
