import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ensureWritableFolder, seal, writeFileWhole } from '@latentkit/system';
import { type ClassifierProvenance, GRAPH_FILE, PROVENANCE_FILE } from './classifier.ts';

/**
 * Writes a classifier's graph and what is known of it, for `loadClassifier`.
 *
 * @throws LatentkitError `unwritable`
 */
export async function writeClassifier(
  folder: string,
  bytes: Uint8Array,
  facts: Omit<ClassifierProvenance, 'bytes' | 'sha256'>,
): Promise<void> {
  await ensureWritableFolder(folder, 'The classifier');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const provenance: ClassifierProvenance = { ...facts, bytes: bytes.length, sha256 };
  await writeFileWhole(join(folder, GRAPH_FILE), bytes);
  await writeFileWhole(join(folder, PROVENANCE_FILE), `${seal(provenance, 2)}\n`);
}
