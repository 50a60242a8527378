import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkModels, recordModels } from './check-models.ts';
import { CHECKS } from './checks/table.ts';
import type { Report } from './report.ts';
import { FORMATS, formatReport } from './reports/formats.ts';
import { computeGolden, graphBytes, soundParts, writeParts } from './testing/sound-model.ts';

const only = ['card/valid'];
let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'latentkit-absent-'));
  const parts = soundParts();
  const files = graphBytes(parts).set(parts.card.golden.file, await computeGolden(parts));
  for (const name of ['a', 'b'])
    await writeParts(join(cwd, 'models', name), { card: parts.card, files });
  await rm(join(cwd, 'models/b/model.json'));
  await mkdir(join(cwd, 'empty'));
  await mkdir(join(cwd, 'linked'));
  await symlink(join(cwd, 'gone'), join(cwd, 'linked/model.json'));
  await writeFile(join(cwd, 'notes.txt'), '');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const passedBy = ({ models }: Report) =>
  Object.fromEntries(models.map(({ model, passed }) => [model, passed]));

const EXPECTED =
  'a folder with a model.json, a folder of such folders, or a glob of them was expected';

describe('a record that cannot be read is named, with what to do about it:', () => {
  const record = () => join(cwd, 'models/a/check.json');
  afterEach(() => rm(record(), { recursive: true }));

  test.each([
    ['cut off', '{"format": 1', 'Make it anew: latentkit check --update.'],
    ['empty', '', 'Make it anew: latentkit check --update.'],
    [
      'a folder',
      undefined,
      'Remove the folder of that name. Make it anew: latentkit check --update.',
    ],
  ])('%s', async (_, text, remedy) => {
    await (text === undefined ? mkdir(record()) : writeFile(record(), text));
    const { models } = await checkModels(['models/a'], { cwd, only: ['graph/opset'] });
    expect(models[0]?.outcomes.find(({ check }) => check === 'graph/opset')).toMatchObject({
      status: 'failed',
      findings: [{ message: expect.stringMatching(/^check\.json is no record of a model: /) }],
      remedy,
    });
  });
});

describe('a model that is not there fails, and the others are checked:', () => {
  test.each([
    [
      'models/b',
      'there is no model.json beside decoder.fp16.onnx, decoder.int8.onnx, decoder.onnx, encoder.fp16.onnx, encoder.int8.onnx, encoder.onnx, golden.safetensors; a model has its card in the same folder',
    ],
    ['none', `there is nothing of this name; ${EXPECTED}`],
    ['none/*', `there is nothing of this name; ${EXPECTED}`],
    ['notes.txt', `this is a file; ${EXPECTED}`],
    ['empty', `the folder holds no model.json, and no folder of a model; ${EXPECTED}`],
    [
      'linked',
      'model.json is no file that can be read, such as a link that leads nowhere; a card was expected',
    ],
  ])('%s', async (pattern, message) => {
    const report = await checkModels([pattern, 'models/a'], { cwd, only });
    expect(report.passed).toBe(false);
    expect(passedBy(report)).toEqual({ [pattern]: false, 'models/a': true });
    const [first, ...others] = report.models[0]?.outcomes ?? [];
    expect(first).toMatchObject({
      check: 'card/present',
      status: 'failed',
      findings: [{ message }],
    });
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 'skipped'));
    for (const format of FORMATS) expect(formatReport(report, format)).toContain(pattern);
  });

  test.each(['models', 'models/*', 'models/**'])('one of %s', async (pattern) => {
    const report = await checkModels([pattern], { cwd, only });
    expect(report.passed).toBe(false);
    expect(passedBy(report)).toEqual({ 'models/a': true, 'models/b': false });
  });

  test('the report of each format has it as a failure', async () => {
    const report = await checkModels(['models/a', 'none'], { cwd, only });
    expect(formatReport(report, 'json')).toContain('"passed": false');
    expect(formatReport(report, 'junit')).toContain(
      '<failure message="there is nothing of this name',
    );
    const sarif = JSON.parse(formatReport(report, 'sarif'));
    expect(sarif.runs[0].results).toMatchObject([{ ruleId: 'card/present', level: 'error' }]);
    expect(formatReport(report, 'github')).toContain(
      '::error file=none/model.json,title=card/present (none)::there is nothing',
    );
    expect(formatReport(report, 'markdown')).toContain('| none | **failed** | `card/present`');
    expect(formatReport(report, 'human')).toContain('1 of 2 models passed');
  });

  test('whichever check is asked for', async () => {
    for (const { id } of CHECKS) {
      const { passed } = await checkModels(['none', 'models/b'], { cwd, only: [id] });
      expect({ id, passed }).toEqual({ id, passed: false });
    }
  });

  test('even where the check that says so is ignored', async () => {
    const settings = { ignore: ['card/present'] };
    const report = await checkModels(['none', 'models/b'], { cwd, only, settings });
    expect(passedBy(report)).toEqual({ none: false, 'models/b': false });
  });

  test('and is not recorded', async () => {
    const report = await recordModels(['none'], { cwd, only });
    expect(passedBy(report)).toEqual({ none: false });
  });
});
