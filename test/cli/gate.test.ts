import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { callCommand } from './call-command.ts';
import { ROOT, scratchFolder } from './run-command.ts';

/** A gate in continuous integration: what it has are the exit code and the files that it uploads. */
let cwd: string;

beforeAll(async () => {
  cwd = await scratchFolder();
  for (const name of ['a', 'b'])
    await cp(join(ROOT, 'models/strokes-ae'), join(cwd, 'models', name), { recursive: true });
  await rm(join(cwd, 'models/b/model.json'));
});

const check = (...args: string[]) =>
  callCommand(['check', ...args, '--only', 'card/valid'], { cwd });

describe('check', () => {
  test('fails for a model that has lost its card', async () => {
    const { code, stdout } = await check('models/*');
    expect(code).toBe(1);
    expect(stdout).toContain('ok   models/a');
    expect(stdout).toContain('FAIL models/b');
    expect(stdout).toContain('1 of 2 models passed');
  });

  test('records a model, and says where', async () => {
    const { code, stdout, stderr } = await callCommand(['check', 'models/a', '--update'], { cwd });
    expect([code, stderr]).toEqual([0, 'Recorded in models/a/check.json.\n']);
    expect(stdout).toContain('quality/reconstruction and 1 more: what is recorded anew is not');
    await rm(join(cwd, 'models/a/check.json'));
  });

  test.each(['--only', '--format'])('names %s where its value is none', async (option) => {
    const { code, stderr } = await callCommand(['check', 'models/a', option, 'x'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(`^error: ${option}: expected `)]);
  });

  test('writes every report where a model that was named is not there', async () => {
    const files = ['junit=out/check.xml', 'sarif=out/check.sarif', 'json=out/check.json'];
    const formats = files.flatMap((file) => ['--format', file]);
    const { code } = await check('models/a', 'models/none', ...formats);
    expect(code).toBe(1);
    const read = (name: string) => readFile(join(cwd, 'out', name), 'utf8');
    expect(await read('check.xml')).toContain('<testsuite name="models/none"');
    expect(JSON.parse(await read('check.sarif')).runs[0].results).toHaveLength(1);
    const { passed, models } = JSON.parse(await read('check.json'));
    expect(passed).toBe(false);
    expect(models.map((each: { passed: boolean }) => each.passed)).toEqual([true, false]);
  });

  test('--json prints what --format json does', async () => {
    const { stdout } = await check('models/a', '--json');
    const { passed, models } = JSON.parse(stdout);
    expect([passed, models.length]).toEqual([true, 1]);
  });

  test('--list --json is the list for programs', async () => {
    const { code, stdout } = await check('--list', '--json');
    const checks = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(checks[0]).toMatchObject({ id: 'card/present', remedy: expect.any(String) });
  });

  test('bytes are a whole number of them', async () => {
    const { code, stderr } = await check('models/a', '--max-bytes', '5MB');
    expect(code).toBe(2);
    expect(stderr).toContain("argument '5MB' is invalid. Expected a whole number.");
  });

  test.each([
    ['--targets', 'node, wasm, webgpu, triton'],
    ['--devices', 'cpu, cpu-plain, wasm, webgpu, chromium, chromium-webgpu'],
  ])('of %s the choices are named', async (option, choices) => {
    const { code, stderr } = await check('models/a', option, 'tpu');
    const message = `error: ${option}: expected one of ${choices}, received 'tpu'.\n`;
    expect({ code, stderr }).toEqual({ code: 2, stderr: message });
  });

  test('a configuration that is not there, or is none, is a failure and not wrong usage', async () => {
    const absent = await check('models/a', '--config', 'nope.json');
    expect(absent.code).toBe(1);
    expect(absent.stderr).toBe(
      `error: nope.json is not there (looked for in ${cwd}): a configuration, such as latentkit.config.json, was expected.\n`,
    );
    await writeFile(join(cwd, 'broken.json'), '{');
    const broken = await check('models/a', '--config', 'broken.json');
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/^error: broken\.json is not valid JSON: .*\n$/);
  });

  test('refuses a report without a file before it checks', async () => {
    const { code, stdout, stderr } = await check('models/a', '--format', 'junit=');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("--format: expected a file after the =, received 'junit='");
  });
});

describe('what is not there fails by its name, with the exit code 1:', () => {
  test.each([
    ['none', 'none is not there: '],
    ['models/b', `${join('models/b', 'model.json')} is not there: `],
  ])('diff with %s', async (after, message) => {
    const { code, stderr } = await callCommand(['diff', 'models/a', after], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('info', async () => {
    const { code, stderr } = await callCommand(['info', 'none'], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('none') });
  });
});
