import { describe, expect, test } from '@jest/globals';
import { runCommand, SMALL, scratchFolder } from './run-command.ts';

/** Ctrl-C once a process has come to listen for it so many times. */
const pressed = (time: number) => {
  const script = `let times = 0; process.on('newListener', (name) => {
    if (name === 'SIGINT' && ++times === ${time}) setImmediate(() => process.kill(process.pid, 'SIGINT'));
  });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
};

describe('Ctrl-C', () => {
  test.each([
    ['train'],
    ['data', 'photos'],
    ['export', 'run', '--out', 'model'],
    ['embed', 'model', 'photos', '--out', 'v.csv'],
    ['check', 'model'],
    ['info', 'model'],
  ])('before %s has begun says that nothing was written', async (...args) => {
    const cwd = await scratchFolder();
    const { code, stdout, stderr } = await runCommand(args, { cwd, env: pressed(1) });
    expect([code, stdout, stderr]).toEqual([130, '', 'Interrupted. Nothing was written.\n']);
  });

  test('is left to a verb that listens itself', async () => {
    const cwd = await scratchFolder();
    const { code, stderr } = await runCommand(['train', ...SMALL], { cwd, env: pressed(2) });
    expect(code).toBe(130);
    expect(stderr).toBe(
      'Stopping after this step. Press Ctrl-C again to stop at once.\n' +
        'Interrupted. No step was taken: run the same command again.\n',
    );
  });
});
