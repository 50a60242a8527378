import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkModels, formatReport, type Report, readConfig } from '@latentkit/check';

const ROOT = resolve(__dirname, '../..');
const MODELS = join(ROOT, 'models');
const NAMES = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Checks that a record decides; how fast a busy machine is, is none of them. */
const COMPARED = ['card/contract', 'graph/opset', 'quality/recall', 'quality/reconstruction'];

describe('every model of the repository passes every check', () => {
  let report: Report;

  // In one run, which starts one process for WebAssembly.
  beforeAll(async () => {
    const config = await readConfig(join(ROOT, 'latentkit.config.json'));
    report = await checkModels([], { config, cwd: ROOT });
  }, 600_000);

  test.each(NAMES)('%s', (name) => {
    const found = report.models.find(({ model }) => resolve(ROOT, model) === join(MODELS, name));
    const alone = { ...report, models: found ? [found] : [] };
    expect(found?.passed ? '' : formatReport(alone, 'human')).toBe('');
    const skipped = found?.outcomes.filter(({ status }) => status === 'skipped') ?? [];
    // Nothing that these models have is passed over because something else failed.
    expect(skipped.filter(({ reason }) => reason?.includes('did not pass'))).toEqual([]);
    // Each is compared with what was recorded of it (latentkit check --update).
    expect(skipped.filter(({ check }) => COMPARED.includes(check))).toEqual([]);
  });
});
