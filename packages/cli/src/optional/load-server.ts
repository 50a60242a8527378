import { loadOptional } from './load-optional.ts';

/** The package with the server. @throws LatentkitError `missing-dependency` */
export function loadServer(): Promise<typeof import('@latentkit/serve')> {
  return loadOptional(() => import('@latentkit/serve'), '@latentkit/serve', 'The server');
}
