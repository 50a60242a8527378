import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { callCommand } from './call-command.ts';
import { runCommand, SMALL, scratchFolder } from './run-command.ts';

describe('latentkit report', () => {
  let cwd: string;

  beforeAll(async () => {
    cwd = await scratchFolder();
    await runCommand(['train', ...SMALL, '--epochs=1', '--out=run'], { cwd });
    await runCommand(['export', 'run', '--out=model'], { cwd });
  });

  test('draws a model, and the run that it is of alike', async () => {
    for (const [folder, out] of [
      ['model', 'of-model'],
      ['run', 'of-run'],
    ] as const) {
      const args = ['report', folder, '--items=20', `--out=${out}`];
      const { code, stdout, stderr } = await runCommand(args, { cwd });
      expect([code, stderr]).toEqual([0, expect.stringContaining('drawing …')]);
      expect(stdout).toMatch(/^Open file:.*report\.html$/m);
    }
    const files = await readdir(join(cwd, 'of-model'));
    expect(files.sort()).toEqual([
      'interpolations.png',
      'loss.png',
      'reconstructions.png',
      'report.html',
      'samples.png',
      'traversals.png',
    ]);
    for (const file of files.filter((name) => name.endsWith('.png'))) {
      const [one, other] = await Promise.all(
        ['of-model', 'of-run'].map((folder) => readFile(join(cwd, folder, file))),
      );
      expect(one?.equals(other as Buffer)).toBe(true);
      // There is something to be seen.
      const { channels } = await sharp(one).stats();
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(5);
    }
    const page = await readFile(join(cwd, 'of-model', 'report.html'), 'utf8');
    for (const part of [
      'Traversals',
      'What the latent carries',
      'negative ELBO',
      '20 test items',
    ]) {
      expect(page).toContain(part);
    }
  });

  test.each([
    ['missing', undefined, /Cannot read .*training\.json/],
    [
      'another',
      '{"format":1,"epochs":[]}',
      /training\.json is not the file that the model card describes/,
    ],
  ])('a training curve that is %s is said to be so', async (name, content, message) => {
    const model = join(cwd, name);
    await cp(join(cwd, 'model'), model, { recursive: true });
    const curve = join(model, 'training.json');
    await (content === undefined ? rm(curve) : writeFile(curve, content));
    const { code, stderr } = await callCommand(['report', name, '--items=20'], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).not.toContain('    at ');
  });

  test('a folder that is neither is refused', async () => {
    const { code, stderr } = await callCommand(['report', 'nowhere'], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining('nowhere is not a model')]);
  });
});
