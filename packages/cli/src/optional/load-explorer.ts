import { loadOptional } from './load-optional.ts';

/** The package with the page. @throws LatentkitError `missing-dependency` */
export function loadExplorer(): Promise<typeof import('@latentkit/explorer')> {
  return loadOptional(() => import('@latentkit/explorer'), '@latentkit/explorer', 'The explorer');
}
