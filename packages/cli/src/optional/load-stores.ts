import { loadOptional } from './load-optional.ts';

/** The package with the stores of vectors. @throws LatentkitError `missing-dependency` */
export function loadStores(): Promise<typeof import('@latentkit/stores')> {
  return loadOptional(
    () => import('@latentkit/stores'),
    '@latentkit/stores',
    'What keeps vectors in stores',
  );
}
