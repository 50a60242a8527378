import { ArgumentError } from '@latentkit/core';
import { checkInteger, checkObject, checkText } from '@latentkit/core/runtime';
import type { VectorInfo, VectorStore } from '@latentkit/data';
import { openSqliteStore } from './sqlite/open-sqlite-store.ts';
import { parseAddress } from './store-address.ts';

/**
 * Opens a store of vectors: `sqlite:vectors.db` is a SQLite database, searched by sqlite-vec.
 *
 * @param info of the vectors that are to go in: where there is no store, one is made for them. Without it the store has to be
 *   there.
 * @throws ArgumentError for another address, and for a store of another latent space, by the names of both; LatentkitError
 *   `not-found`, `invalid-data` (damaged, or a file of something else), `unsupported-format` (a later latentkit's), `in-use`,
 *   `unwritable`, `missing-dependency`
 */
export async function openStore(address: string, info?: VectorInfo): Promise<VectorStore> {
  checkText('store', address, "the address of a store, such as 'sqlite:vectors.db'");
  if (info !== undefined) checkInfo(info);
  const { path } = parseAddress(address);
  return openSqliteStore(address, path, info);
}

function checkInfo(info: VectorInfo): void {
  checkObject('info', info, 'what the vectors are: { space, model, size }');
  const { space, model, size, modelPath } = info;
  checkText('info.space', space);
  checkText('info.model', model);
  checkInteger('info.size', size, 1);
  if (modelPath !== undefined && typeof modelPath !== 'string') {
    throw new ArgumentError('info.modelPath', 'a folder or a URL', modelPath);
  }
}
