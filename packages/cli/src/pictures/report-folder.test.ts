import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkReportFolder } from './report-folder.ts';

test('a report goes into a folder of its own, or into the place of an earlier one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-report-'));
  expect(() => checkReportFolder(folder)).not.toThrow();
  expect(() => checkReportFolder(join(folder, 'absent'))).not.toThrow();
  writeFileSync(join(folder, 'samples.png'), 'mine');
  expect(() => checkReportFolder(folder)).toThrow(
    '--out: expected a folder that is absent, empty, or holds an earlier report (with a report.html); there is samples.png, received',
  );
  writeFileSync(join(folder, 'report.html'), '');
  expect(() => checkReportFolder(folder)).not.toThrow();
});
