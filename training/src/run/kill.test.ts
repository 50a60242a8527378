import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import { loadCheckpoint } from './folder/checkpoint.ts';
import { resumeTraining, train } from './train.ts';

afterAll(removeTemporaryFolders);

const config = (runDir: string) => smallRun(runDir, { epochs: 4 });

/** Trains in a process of its own that is killed, without warning, once it has made step `killAt`. */
function trainAndKill(runDir: string, killAt: number): Promise<NodeJS.Signals | null> {
  const script = `
    import { train } from ${JSON.stringify(pathToFileURL(join(__dirname, 'train.ts')).href)};
    await train(${JSON.stringify(config(runDir))}, {
      onEvent: (event) => { if (event.type === 'step') console.log('step ' + event.step); },
    });`;
  const args = [
    '--conditions=latentkit-source',
    '--import=tsx',
    '--input-type=module',
    '--eval',
    script,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes(`step ${killAt}\n`)) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== null) reject(new Error(`The run ended by itself with ${code}: ${errors}`));
      resolve(signal);
    });
  });
}

test('a run that is killed in the middle of an epoch resumes to the same loss curve', async () => {
  const expected = await train(config(temporaryFolder()));
  const runDir = temporaryFolder();
  expect(await trainAndKill(runDir, 12)).toBe('SIGKILL');

  const { progress } = await loadCheckpoint(runDir);
  expect(progress.step).toBeGreaterThanOrEqual(10);
  expect(progress.step).toBeLessThan(expected.step);
  const resumed = await resumeTraining({ runDir });
  expect(resumed.history).toEqual(expected.history);
  expect(readdirSync(runDir).sort()).toEqual(['checkpoint.safetensors', 'log.jsonl']);
});
