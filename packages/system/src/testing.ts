import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';

/** Helpers of the tests of this package and of those that it is compiled into. */

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-test-'));
  folders.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** The code of the LatentkitError that a call ends in. */
export async function codeOf(call: () => unknown): Promise<string> {
  return (await errorOf(call)).code;
}

/** The LatentkitError that a call ends in. */
export async function errorOf(call: () => unknown): Promise<LatentkitError> {
  try {
    await call();
  } catch (error) {
    if (LatentkitError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('The call did not fail.');
}
