import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CHECKS, formatReport, type Report } from '@latentkit/check';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import type { Result } from 'sarif';
import { validateXML } from 'xmllint-wasm';
import { checkReportJsonSchema } from '../../scripts/docs/check-schemas.ts';

const SARIF_SCHEMA = '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';

/** What files may say that a format has no place for: markup, control characters, half a letter, new lines. */
const HOSTILE = 'a <b> & "c" ]]> \u0000\u0007 \ud800 100% : , `d` |\nsecond line';

const report: Report = {
  format: 1,
  tool: { name: 'latentkit check', version: '0.1.0' },
  passed: false,
  models: [
    {
      model: 'models/one',
      passed: false,
      outcomes: [
        {
          check: 'card/hash',
          summary: 'hashes',
          status: 'passed',
          findings: [],
          measured: {},
          seconds: 0.01,
        },
        {
          check: 'parity/cpu',
          summary: 'numbers',
          status: 'failed',
          findings: [
            { level: 'error', message: HOSTILE, file: 'encoder.onnx' },
            { level: 'error', message: 'the card is wrong' },
          ],
          measured: { 'encoder mean': 0.2, nothing: null },
          remedy: 'mend it',
          seconds: 1.5,
        },
        {
          check: 'weights/dead',
          summary: 'weights',
          status: 'warned',
          findings: [{ level: 'warning', message: "'w' is zero", file: 'decoder.onnx' }],
          measured: {},
          remedy: 'look',
          seconds: 0,
        },
        {
          check: 'card/labels',
          summary: 'labels',
          status: 'skipped',
          findings: [],
          measured: {},
          reason: 'no <condition>',
          seconds: 0,
        },
      ],
    },
    { model: './models/two & "three"', passed: true, outcomes: [] },
  ],
};

const xsd = () => readFile(join(__dirname, 'junit.xsd'), 'utf8');

async function validateJunit(contents: string) {
  return validateXML({
    xml: [{ fileName: 'report.xml', contents }],
    schema: [{ fileName: 'junit.xsd', contents: await xsd() }],
  });
}

describe('junit', () => {
  const text = formatReport(report, 'junit');

  test('validates against its schema, whatever a message holds', async () => {
    expect(await validateJunit(text)).toMatchObject({ valid: true, errors: [] });
  });

  test('counts, and says what failed', () => {
    expect(text).toContain(
      '<testsuite name="models/one" tests="4" failures="1" errors="0" skipped="1" time="1.510">',
    );
    expect(text).toContain('models/one/encoder.onnx: a &lt;b&gt; &amp;');
    expect(text).toContain('models/one/model.json: the card is wrong');
    expect(text).toContain('<skipped message="no &lt;condition&gt;"/>');
    expect(text).toContain('100% : , `d` |\nsecond line');
  });

  test('the schema refuses what is no report', async () => {
    for (const broken of [
      text.replace('failures="1"', 'failures="one"'),
      text.replace('<failure', '<fault').replace('</failure', '</fault'),
      text.replace('&amp;', '&'),
    ]) {
      expect((await validateJunit(broken)).valid).toBe(false);
    }
  });
});

describe('sarif', () => {
  // OASIS' schema is of JSON Schema's draft 4, of which it uses nothing that later drafts changed but its name.
  const { $schema: _, id: __, ...schema } = require(SARIF_SCHEMA) as Record<string, unknown>;
  const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
    schema,
  );
  const log = JSON.parse(formatReport(report, 'sarif'));

  test('validates against the schema of SARIF 2.1.0', () => {
    expect([validate(log), validate.errors]).toEqual([true, null]);
    expect(validate({ ...log, runs: [{ ...log.runs[0], results: [{ level: 'fatal' }] }] })).toBe(
      false,
    );
  });

  test('has a rule for every check, and a result for every finding', () => {
    const [run] = log.runs;
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(
      CHECKS.map(({ id }) => id),
    );
    expect(
      run.results.map(({ ruleId, level, locations }: Result) => [ruleId, level, locations?.[0]]),
    ).toEqual([
      [
        'parity/cpu',
        'error',
        { physicalLocation: { artifactLocation: { uri: 'models/one/encoder.onnx' } } },
      ],
      [
        'parity/cpu',
        'error',
        { physicalLocation: { artifactLocation: { uri: 'models/one/model.json' } } },
      ],
      [
        'weights/dead',
        'warning',
        { physicalLocation: { artifactLocation: { uri: 'models/one/decoder.onnx' } } },
      ],
    ]);
    for (const { ruleId, ruleIndex } of run.results)
      expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  test('has a notification, and no result, for every check that was skipped', () => {
    expect(log.runs[0].invocations).toEqual([
      {
        executionSuccessful: true,
        toolExecutionNotifications: [
          {
            associatedRule: {
              id: 'card/labels',
              index: CHECKS.findIndex(({ id }) => id === 'card/labels'),
            },
            level: 'note',
            message: { text: 'card/labels was skipped: no <condition>' },
            locations: [
              { physicalLocation: { artifactLocation: { uri: 'models/one/model.json' } } },
            ],
          },
        ],
      },
    ]);
  });
});

describe('github', () => {
  test('an annotation a finding, its letters as workflow commands want them', () => {
    const hostile = 'a <b> & "c" ]]> \u0000\u0007 \ud800 100%25 : , `d` |%0Asecond line%0Amend it';
    expect(formatReport(report, 'github').split('\n')).toEqual([
      `::error file=models/one/encoder.onnx,title=parity/cpu (models/one)::${hostile}`,
      '::error file=models/one/model.json,title=parity/cpu (models/one)::the card is wrong%0Amend it',
      "::warning file=models/one/decoder.onnx,title=weights/dead (models/one)::'w' is zero%0Alook",
      '::notice title=latentkit check%3A skipped::card/labels (models/one): no <condition>',
      '::notice title=latentkit check::1 of 2 models failed',
      '',
    ]);
  });
});

describe('json', () => {
  test('validates against the published schema', () => {
    const validate = new Ajv2020({ strict: true, strictTuples: false }).compile(
      checkReportJsonSchema(),
    );
    const parsed = JSON.parse(formatReport(report, 'json'));
    expect([validate(parsed), validate.errors]).toEqual([true, null]);
    expect(validate({ ...parsed, passed: 'yes' })).toBe(false);
    expect(
      validate({ ...parsed, models: [{ model: 'x', passed: true, outcomes: [{ check: 'x' }] }] }),
    ).toBe(false);
  });
});

describe('markdown and human', () => {
  test('a row a model; what a message holds stays text', () => {
    const rows = formatReport(report, 'markdown')
      .split('\n')
      .filter((line) => line.startsWith('| models'));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('**failed**');
    expect(rows[0]).toContain('&lt;b> &amp; "c"');
    expect(rows[0]).toContain('\\`d\\` \\|<br>second line');
  });

  test('say what was skipped and why, by reason, with the models where it is not all', () => {
    expect(formatReport(report, 'human')).toContain(
      '\nskipped:\n  card/labels (models/one): no <condition>\n',
    );
    expect(formatReport(report, 'markdown')).toContain(
      '\nSkipped:\n\n- card/labels (models/one): no &lt;condition>\n',
    );
    const sound: Report = { ...report, models: report.models.slice(1) };
    for (const format of ['human', 'markdown', 'github'] as const)
      expect(formatReport(sound, format)).not.toMatch(/skipped:/i);
  });

  test('of many checks that one reason left out, names some and counts the others', () => {
    const outcomes = CHECKS.slice(0, 10).map(({ id, summary }) => ({
      ...({ check: id, summary, status: 'skipped', reason: 'gone', seconds: 0 } as const),
      ...{ findings: [], measured: {} },
    }));
    const all: Report = { ...report, models: [{ model: 'm', passed: true, outcomes }] };
    const [first, second, third, fourth] = outcomes.map(({ check }) => check);
    expect(formatReport(all, 'human')).toContain(
      `  ${first}, ${second}, ${third}, ${fourth} and 6 more: gone\n`,
    );
  });

  test('says what failed and what to do, and nothing of what passed', () => {
    const text = formatReport(report, 'human');
    expect(text).toContain('FAIL models/one');
    expect(text).toContain('→ mend it');
    expect(text).not.toContain('card/hash');
    expect(text).toContain(
      '1 of 2 models passed: 1 check passed, 1 with warnings, 1 failed, 1 skipped.',
    );
    expect(formatReport(report, 'human', { verbose: true })).toContain('card/hash');
  });

  test('a format that is none is refused', () => {
    expect(() => formatReport(report, 'xml' as never)).toThrow('format');
  });
});
