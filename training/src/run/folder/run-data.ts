import { resolve } from 'node:path';
import { checkText } from '@latentkit/core/runtime';
import { type DatasetConfig, usedSettings } from '../../settings/config.ts';
import { loadCheckpoint } from './checkpoint.ts';

/**
 * What a run was trained on, and how it was split: given to `loadDataset`, it comes to the same items.
 *
 * @param runDir the folder that training wrote
 * @throws ArgumentError for what is no path; LatentkitError `not-found` where there is no run, `invalid-data`
 */
export async function readRunData(runDir: string): Promise<DatasetConfig> {
  checkText('runDir', runDir, 'the path of a run folder');
  return usedSettings((await loadCheckpoint(resolve(runDir))).config).data;
}
