import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { namesIn } from './own-folder.ts';

/**
 * A report goes where nothing else is: its pictures have names that others may have, and among photographs they would be
 * taken for such.
 *
 * @param marks files and folders one of which an earlier one holds
 * @throws ArgumentError for a folder that holds anything else
 */
export function checkReportFolder(
  folder: string,
  marks: readonly string[] = ['report.html'],
): void {
  const other = namesIn(folder).find((name) => name !== '.DS_Store');
  if (other === undefined || marks.some((mark) => existsSync(join(folder, mark)))) return;
  throw new ArgumentError(
    '--out',
    `a folder that is absent, empty, or holds an earlier report (with a ${marks[0]}); there is ${other}`,
    folder,
  );
}
