import { LatentkitError } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import type { Checkpoint } from '../run/folder/checkpoint.ts';

/**
 * What is said of an export with other data than the run was trained on: figures and recorded values are of those. Files
 * that were added since are no reason to keep a model back.
 *
 * @returns sentences; none for the data of the run
 * @throws LatentkitError `invalid-data` for a conditional model: which class is which, the data say
 */
export function otherDataWarnings(
  { config, dataProvenance }: Pick<Checkpoint, 'config' | 'dataProvenance'>,
  { provenance }: Dataset,
): string[] {
  if (provenance === dataProvenance) return [];
  const differ = dataDiffer({ config, dataProvenance }, provenance);
  if (config.family === 'cvae') {
    throw new LatentkitError(
      'invalid-data',
      `${differ} Which class is which, the data say: give the data of then.`,
    );
  }
  return [`${differ} The figures on the card are of the data of now.`];
}

/** That the data are others than a run's, in words. */
export function dataDiffer(
  { config, dataProvenance }: Pick<Checkpoint, 'config' | 'dataProvenance'>,
  provenance: string,
): string {
  return `The data are not those that the run in ${config.runDir} was trained on: then ${dataProvenance}; now ${provenance}.`;
}
