import { loadOptional } from './load-optional.ts';

/** The package with the queue. @throws LatentkitError `missing-dependency` */
export function loadQueue(): Promise<typeof import('@latentkit/queue')> {
  return loadOptional(() => import('@latentkit/queue'), '@latentkit/queue', 'The queue');
}
