import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT, scratchFolder, startProcess } from '../cli/run-command.ts';
import { tinyModel, writeFiles } from '../fixtures/tiny-model.ts';

const ACTION = join(ROOT, '.github/actions/check-models');

/** The composite action's script, as GitHub runs it, on a model that fails. */
test('the action annotates, writes a summary and files, and fails with the check', async () => {
  const folder = await scratchFolder();
  const { files } = tinyModel();
  const encoder = files['encoder.onnx'] as Uint8Array;
  const broken = encoder.map((byte, i) => (i === encoder.length - 40 ? byte ^ 1 : byte));
  await writeFiles(join(folder, 'models/one'), { ...files, 'encoder.onnx': broken });
  const { code, stdout } = await startProcess('bash', [join(ACTION, 'check-models.sh')], {
    cwd: ROOT,
    env: {
      MODELS: `${folder}/models/*`,
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      JUNIT: join(folder, 'check.xml'),
      SARIF: join(folder, 'check.sarif'),
      CONFIG: '',
      STRICT: 'false',
    },
  }).result;
  expect(code).toBe(1);
  const path = relative(ROOT, join(folder, 'models/one'));
  expect(stdout).toMatch(
    `::error file=${path}/encoder.onnx,title=card/hash (${path})::the encoder fp32 has the SHA-256 `,
  );
  expect(stdout).toMatch(
    `::error file=${path}/model.json,title=golden/present (${path})::the card names no golden values%0A`,
  );
  expect(stdout).toMatch('::notice title=latentkit check::1 of 1 models failed');
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain(
    '## latentkit check: failed',
  );
  expect(await readFile(join(folder, 'check.xml'), 'utf8')).toContain(
    '<failure message="the encoder fp32',
  );
  const sarif = JSON.parse(await readFile(join(folder, 'check.sarif'), 'utf8'));
  expect(sarif.runs[0].results[0].ruleId).toBe('card/hash');
});

test('the action passes its inputs as variables, each of which the script reads', async () => {
  const action = await readFile(join(ACTION, 'action.yml'), 'utf8');
  const script = await readFile(join(ACTION, 'check-models.sh'), 'utf8');
  const inputs = [...action.matchAll(/^ {2}([a-z]+):$/gm)]
    .map(([, name]) => name as string)
    .filter((name) => name !== 'steps');
  expect(inputs).toEqual(['models', 'config', 'junit', 'sarif', 'strict']);
  for (const input of inputs) {
    expect(action).toContain(`${input.toUpperCase()}: \${{ inputs.${input} }}`);
    expect(script).toContain(`\${${input.toUpperCase()}:-`);
  }
  // An input inside a script would be code: GitHub replaces it before the shell reads it.
  expect(action.match(/run:.*/)?.[0]).not.toContain('inputs.');
});
