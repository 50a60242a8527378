import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { runCommand, SMALL, scratchFolder } from './run-command.ts';

describe('a trained run', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await scratchFolder();
    const { code } = await runCommand(['train', ...SMALL, '--epochs=1', '--out=run'], { cwd });
    expect(code).toBe(0);
  });

  test('is exported to a model that info knows', async () => {
    const exported = await runCommand(
      ['export', 'run', '--out', 'model', '--name', 'mine', '--description', 'A small one.'],
      { cwd },
    );
    expect(exported.code).toBe(0);
    expect(exported.stdout).toMatch(
      /encoder\.onnx +\S+ kB .*3 Gemm.*within \S+ of the trained model/,
    );
    expect(exported.stdout).toMatch(
      /Next: {2}npx latentkit check model\n {7}npx latentkit info model$/m,
    );
    expect((await readdir(join(cwd, 'model'))).sort()).toEqual([
      'README.md',
      'decoder.onnx',
      'encoder.onnx',
      'golden.safetensors',
      'model.json',
      'training.json',
    ]);
    expect(await readdir(cwd)).toEqual(['model', 'run']);

    const card = JSON.parse(await readFile(join(cwd, 'model/model.json'), 'utf8')) as ModelCard;
    const { stdout: help } = await runCommand(['train', '--help']);
    const [words, ...options] = card.provenance.command!.split(' --');
    expect([words, options.length > 5]).toEqual(['latentkit train', true]);
    for (const option of options) expect(help).toContain(`--${option.split(' ')[0]} <`);

    const info = await runCommand(['info', 'model'], { cwd });
    expect([info.code, info.stderr]).toEqual([0, '']);
    for (const line of [
      /^mine\nA small one\.$/m,
      /latent +gaussian, 2 dimensions/,
      /likelihood +bernoulli/,
      /in +x +float32 +\[batch, 784\]/,
      /ok +encoder\.onnx +encoder fp32/,
      /test loss .* nats per item +\(test, 64 items\)\n.*negative ELBO/,
      /webgpu +1e-3 /,
      /runs here on\n +\w+$/m,
    ]) {
      expect(info.stdout).toMatch(line);
    }
  });

  test('is offered in half precision too, which info lists and checks', async () => {
    const { code, stdout } = await runCommand(['export', 'run', '--out', 'half', '--fp16'], {
      cwd,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/decoder\.fp16\.onnx +\S+ kB +weights in fp16 +within \S+ of/);
    expect(stdout).toMatch(/test loss, fp16 +[\d.]+ nats/);
    const info = await runCommand(['info', 'half'], { cwd });
    expect(info.stdout).toMatch(/ok +encoder\.fp16\.onnx +encoder fp16/);
    await rm(join(cwd, 'half'), { recursive: true });
  });

  test('check tells whether it is still what the model came from', async () => {
    const model = ['export', 'run', '--out', 'eight', '--int8', '--name', 'of a run'];
    expect((await runCommand(model, { cwd })).code).toBe(0);
    const only = ['--only', 'export/same-bytes', '--format', 'json'];
    const check = (run: string) => runCommand(['check', 'eight', '--run', run, ...only], { cwd });
    const same = await check('run');
    expect([same.code, same.stderr]).toEqual([0, '']);
    const { models } = JSON.parse(same.stdout);
    expect(models[0].outcomes.at(-1)).toMatchObject({
      check: 'export/same-bytes',
      status: 'passed',
    });
    const args = ['train', ...SMALL, '--epochs=1', '--seed=2', '--out=other'];
    expect((await runCommand(args, { cwd })).code).toBe(0);
    const other = await check('other');
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('the run exports another encoder int8');
    expect((await check('none')).stdout).toContain('none');
    const replaced = await runCommand(['export', 'other', '--out', 'eight'], { cwd });
    expect(replaced.code).toBe(0);
    expect(replaced.stderr).toMatch(
      /^warning: Replaced of a run in eight, which 'latentkit train /m,
    );
    for (const folder of ['eight', 'other']) {
      await rm(join(cwd, folder), { recursive: true });
    }
  });

  test('is exported to the same bytes again, and described as JSON', async () => {
    const out = await scratchFolder();
    for (const name of ['one', 'two']) {
      const args = ['export', 'run', '--out', join(out, name), '--json', '--no-evaluate'];
      const { code, stdout } = await runCommand(args, { cwd });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ graphs: { encoder: { nodes: { Gemm: 3 } } } });
    }
    for (const name of await readdir(join(out, 'one'))) {
      const [one, two] = await Promise.all(
        ['one', 'two'].map((folder) => readFile(join(out, folder, name))),
      );
      expect(one!.equals(two!)).toBe(true);
    }
    const { stdout } = await runCommand(['info', join(out, 'one'), '--json'], { cwd });
    const { card, files } = JSON.parse(stdout) as { card: ModelCard; files: { ok: boolean }[] };
    expect(card).toMatchObject({ name: 'strokes-vae', metrics: [] });
    expect(files.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  });
});
