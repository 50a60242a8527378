import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { callCommand } from './call-command.ts';
import { writeDigits } from './digits.ts';
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
    const args = ['report', name, '--items=20', '--out=of-cursed'];
    const { code, stderr } = await callCommand(args, { cwd });
    expect(await readdir(cwd)).not.toContain('of-cursed');
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).not.toContain('    at ');
  });

  test('--json gives what was written, and the figures', async () => {
    const args = ['report', 'model', '--items=20', '--out=as/json', '--json'];
    const { code, stdout } = await callCommand(args, { cwd });
    expect(code).toBe(0);
    const { page, files, items, metrics, warnings } = JSON.parse(stdout);
    expect(page).toMatch(/as\/json\/report\.html$/);
    expect(files).toHaveLength(6);
    for (const file of files) expect((await readFile(file)).length).toBeGreaterThan(0);
    expect(items).toBe(20);
    expect(metrics.map(({ name }: { name: string }) => name)).toContain('negative ELBO');
    expect(warnings).toBeInstanceOf(Array);
  });

  describe('of pictures some of which cannot be read', () => {
    beforeAll(async () => {
      await writeDigits(join(cwd, 'photos'), 60);
      for (const name of ['a', 'b'])
        await writeFile(join(cwd, 'photos/odd', `${name}.png`), 'text');
      const settings = ['--image=16x16', '--hidden=16', '--latent=2', '--batch=16', '--epochs=1'];
      const args = ['train', '--data=photos', '--max-bad=0.1', ...settings, '--out=of-photos'];
      expect((await callCommand(args, { cwd })).code).toBe(0);
      const exported = await callCommand(['export', 'of-photos', '--out=photos-model'], { cwd });
      expect(exported.code).toBe(0);
    });

    test('a run allows as many as its training did', async () => {
      const args = ['report', 'of-photos', '--out=of-photos-report'];
      const { code, stderr } = await callCommand(args, { cwd });
      expect([code, stderr]).toEqual([0, expect.stringContaining('drawing …')]);
    });

    test.each([
      'report photos-model --data photos --out bad',
      'measure photos-model --data photos',
      'directions photos-model --data photos',
    ])('%s has the option that its refusal names', async (line) => {
      const args = line.split(' ');
      const refused = await callCommand(args, { cwd });
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('(--max-bad)')]);
      if (line.includes('--out')) expect(await readdir(cwd)).not.toContain('bad');
      const { code, stderr } = await callCommand([...args, '--max-bad', '0.1'], { cwd });
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    });
  });

  test('a model without a prior has no ELBO, and all else', async () => {
    const model = resolve(__dirname, '../../models/strokes-ae');
    const args = ['report', model, '--items=20', '--out=of-points', '--json'];
    const { code, stdout } = await callCommand(args, { cwd });
    expect(code).toBe(0);
    const { metrics } = JSON.parse(stdout) as { metrics: { name: string }[] };
    expect(metrics.map(({ name }) => name)).toEqual([
      'reconstruction MSE',
      'reconstruction MAE',
      'active units',
    ]);
  });

  test('a folder that is neither is refused', async () => {
    const { code, stderr } = await callCommand(['report', 'nowhere'], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining('nowhere is not a model')]);
    expect(await readdir(cwd)).not.toContain('report');
  });
});
