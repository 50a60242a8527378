import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { EpochRecord } from '@latentkit/training';
import { runCommand, SMALL, scratchFolder, startCommand } from './run-command.ts';

describe('latentkit train', () => {
  test('without a terminal writes plain lines, and the result to standard output', async () => {
    const cwd = await scratchFolder();
    const { code, stdout, stderr } = await runCommand(
      ['train', ...SMALL, '--backend', 'wasm', '--epochs', '2', '--out', 'a run'],
      { cwd },
    );
    expect(code).toBe(0);
    expect(`${stderr}${stdout}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(stderr).toContain('engine   tfjs (wasm): asked for');
    expect(stderr).toMatch(
      /^epoch 1\/2 {2}loss \d+\.\d\d {2}reconstruction .* KL .* test loss .* images\/s/m,
    );
    expect(stdout).toMatch(/^Trained 2 epochs in a run: test loss \d+\.\d\d nats an item/);
    expect(stdout).toContain("latentkit export 'a run' --out 'models/a run'");
    const log = (await readFile(join(cwd, 'a run/log.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((line) => JSON.parse(line).type)).toContain('epoch');
  });

  test('says why it took the engine it took', async () => {
    const cwd = await scratchFolder();
    const fastest = await runCommand(['train', ...SMALL, '--epochs', '1'], { cwd });
    expect(fastest.stderr).toMatch(/^engine {3}onnx: the fastest/m);
    const options = [...SMALL, '--epochs', '1', '--engine', 'tfjs', '--out', 'other'];
    const { stderr } = await runCommand(['train', ...options], { cwd });
    expect(stderr).toMatch(/^engine {3}tfjs \((tfjs-node|wasm)\): the fastest/m);
    if (stderr.includes('engine   tfjs (wasm)'))
      expect(stderr).toMatch(/tfjs-node passed over: \S/);
  });

  test('stopped by Ctrl-C keeps a checkpoint, from which it goes on to the same losses', async () => {
    const cwd = await scratchFolder();
    const args = ['train', ...SMALL, '--train-items=2048', '--epochs=12', '--json'];
    const unbroken = runCommand([...args, '--out', 'unbroken'], { cwd });

    const broken = startCommand([...args, '--out', 'broken'], { cwd });
    await broken.shown(/^epoch +2\/12/m);
    broken.child.kill('SIGINT');
    const stopped = await broken.result;
    expect([stopped.code, stopped.signal]).toEqual([130, null]);
    expect(stopped.stderr).toContain('Stopping after this step');
    expect(stopped.stderr).toContain('latentkit train --out broken --resume');
    const { reason, step } = JSON.parse(stopped.stdout) as { reason: string; step: number };
    expect(reason).toBe('aborted');
    expect(step).toBeLessThan(12 * 32);

    const resumed = await runCommand(['train', '--resume', '--out', 'broken', '--json'], { cwd });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain(`resumed  after step ${step} of 384`);
    const historyOf = (stdout: string) =>
      (JSON.parse(stdout) as { history: EpochRecord[] }).history;
    expect(historyOf(resumed.stdout)).toHaveLength(12);
    expect(historyOf(resumed.stdout)).toEqual(historyOf((await unbroken).stdout));
    expect(resumed.stderr).not.toContain('Nothing was left');

    const fewer = ['train', '--resume', '--out', 'broken', '--epochs', '3'];
    const idle = await runCommand(fewer, { cwd });
    expect(idle.stderr).toContain('Nothing was left to train: --epochs counts from the start');
  });
});
