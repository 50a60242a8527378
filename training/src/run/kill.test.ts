import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import type { TrainConfig } from '../settings/config.ts';
import { removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import { loadCheckpoint } from './folder/checkpoint.ts';
import { resumeTraining, train } from './train.ts';

afterAll(removeTemporaryFolders);

const config = (runDir: string, changes: Partial<TrainConfig>) =>
  smallRun(runDir, { epochs: 4, ...changes });

/** Trains in a process of its own that is killed, without warning, once it has made step `killAt`. */
function trainAndKill(settings: TrainConfig, killAt: number): Promise<NodeJS.Signals | null> {
  const script = `
    import { train } from ${JSON.stringify(pathToFileURL(join(__dirname, 'train.ts')).href)};
    await train(${JSON.stringify(settings)}, {
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

test.each<[string, Partial<TrainConfig>]>([
  ['as they are', {}],
  ['varied each time', { augment: 'flip=both,shift=2,rotate=10,crop=0.9,contrast=0.2' }],
])(
  'a run on items %s, killed in the middle of an epoch, resumes to the same loss curve',
  async (_, changes) => {
    const expected = await train(config(temporaryFolder(), changes));
    const runDir = temporaryFolder();
    expect(await trainAndKill(config(runDir, changes), 12)).toBe('SIGKILL');

    const { progress } = await loadCheckpoint(runDir);
    expect(progress.step).toBeGreaterThanOrEqual(10);
    expect(progress.step).toBeLessThan(expected.step);
    const resumed = await resumeTraining({ runDir });
    expect(resumed.history).toEqual(expected.history);
    expect(readdirSync(runDir).sort()).toEqual(['checkpoint.safetensors', 'log.jsonl']);
  },
);
