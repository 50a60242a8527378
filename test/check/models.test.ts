import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkModels, formatReport, type Report } from '@latentkit/check';

const MODELS = resolve(__dirname, '../../models');
const NAMES = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('every model of the repository passes every check', () => {
  let report: Report;

  // In one run, which starts one process for WebAssembly.
  beforeAll(async () => {
    report = await checkModels([MODELS]);
  }, 600_000);

  test.each(NAMES)('%s', (name) => {
    const found = report.models.find(({ model }) => resolve(model) === join(MODELS, name));
    const alone = { ...report, models: found ? [found] : [] };
    expect(found?.passed ? '' : formatReport(alone, 'human')).toBe('');
    const skipped = found?.outcomes.filter(({ status }) => status === 'skipped') ?? [];
    // Nothing that these models have is passed over because something else failed.
    expect(skipped.filter(({ reason }) => reason?.includes('did not pass'))).toEqual([]);
  });
});
