import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MODEL, writeDigits } from './digits.ts';
import { runCommand, scratchFolder, startCommand } from './run-command.ts';

const COUNT = 60;

let cwd: string;
beforeAll(async () => {
  cwd = await scratchFolder();
  await writeDigits(join(cwd, 'digits'), COUNT);
});

const explorerOf = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'explorer.json'), 'utf8')) as {
    count: number;
    labels: string[];
    factors: { name: string }[];
  };

describe('latentkit explore', () => {
  test('writes a site that is whole: page, data, model and ONNX Runtime, and tells how large', async () => {
    const args = ['explore', MODEL, '--data', 'digits', '--out', 'site', '--json'];
    const { code, stdout, stderr } = await runCommand(args, { cwd });
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout) as { count: number; bytes: { site: number; beside: number } };
    expect(report).toMatchObject({ count: COUNT, bad: [] });
    const site = join(cwd, 'site');
    expect((await readdir(site)).sort()).toEqual([
      ...['assets', 'data', 'index.html', 'model', 'runtime', 'site.json', 'sw.js'],
    ]);
    expect(await readdir(join(site, 'runtime'))).toEqual(['ort-wasm-simd-threaded.wasm']);
    expect((await readdir(join(site, 'model'))).sort()).toEqual([
      ...['decoder.onnx', 'encoder.onnx', 'golden.safetensors', 'model.json'],
    ]);
    expect(await explorerOf(join(site, 'data'))).toMatchObject({
      count: COUNT,
      labels: ['even', 'odd'],
    });
    // Beside the model and ONNX Runtime, 10 MB is the limit for 5,000 pictures.
    expect(report.bytes.site).toBeLessThan(2e6);
    expect(report.bytes.beside).toBeGreaterThan(14e6);
    const worker = await readFile(join(site, 'sw.js'), 'utf8');
    const [, list = '[]'] = /const FILES = (\[.*\]);/.exec(worker) ?? [];
    for (const file of JSON.parse(list) as string[]) {
      expect([file, existsSync(join(site, file))]).toEqual([file, true]);
    }
  });

  test('serves data sets by name until Ctrl-C, and leaves nothing behind', async () => {
    const args = ['explore', MODEL, '--data', 'strokes', '--items', '50', '--port', '0'];
    const env = { TMPDIR: await scratchFolder() };
    const { child, result, shown } = startCommand(args, { cwd, env });
    let printed = '';
    child.stdout?.on('data', (text: string) => {
      printed += text;
    });
    await shown('Ctrl-C ends it');
    const [url] = /http:\S+/.exec(printed) ?? [''];
    expect(await (await fetch(url)).text()).toContain('<title>Explorer</title>');
    const info = await (await fetch(`${url}data/explorer.json`)).json();
    expect(info).toMatchObject({ count: 50, data: 'strokes' });
    expect(info.labels).toHaveLength(10);
    expect(info.factors.map(({ name }: { name: string }) => name)).toContain('thickness');
    child.kill('SIGINT');
    const { code, stdout } = await result;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^The site: 50 pictures of strokes, [\d.]+ MB beside .* in .*\nOpen /);
    expect(await readdir(env.TMPDIR)).toEqual([]);
  });

  test('a run that is stopped leaves no site', async () => {
    const args = ['explore', MODEL, '--data', 'strokes', '--out', 'stopped/site'];
    const { child, result, shown } = startCommand(args, { cwd });
    await shown(/embedded|placed|projected/);
    child.kill('SIGINT');
    const { code, stderr } = await result;
    expect([code, stderr]).toEqual([130, expect.stringContaining('Interrupted.')]);
    // Nor the folder around it.
    expect(existsSync(join(cwd, 'stopped'))).toBe(false);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no data', ['--data', './none', '--out', 'other'], 1, /none/],
    ['too few pictures', ['--data', 'digits', '--items', '5', '--out', 'other'], 2, /at least 20/],
    ['a folder of something else', ['--data', 'digits', '--out', 'digits'], 2, /earlier site/],
  ])('refuses %s', async (_, args, expected, message) => {
    const { code, stderr } = await runCommand(['explore', MODEL, ...args], { cwd });
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
    expect(existsSync(join(cwd, 'other'))).toBe(false);
  });
});

describe('latentkit embed --for-explorer', () => {
  test('writes the data alone', async () => {
    const args = ['embed', MODEL, 'digits', '--out', 'explored', '--for-explorer'];
    const { code, stdout, stderr } = await runCommand(args, { cwd });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^explored: 60 rows of 20 numbers, with map, neighbours and thumbnails\n$/,
    );
    expect((await readdir(join(cwd, 'explored'))).sort()).toEqual([
      ...['explorer.json', 'points.parquet', 'thumbnails-0.webp'],
    ]);
  });

  test.each([
    ['--watch', ['digits', '--watch'], /--watch/],
    ['--shard', ['digits', '--shard', '1/2'], /--shard/],
    ['two sources', ['digits', 'digits/even'], /one source/],
  ])('refuses %s', async (_, args, message) => {
    const all = ['embed', MODEL, ...args, '--out', 'refused', '--for-explorer'];
    const { code, stderr } = await runCommand(all, { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(cwd, 'refused'))).toBe(false);
  });
});
