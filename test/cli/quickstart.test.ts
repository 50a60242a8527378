import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadAutoencoder } from '@latentkit/node';
import sharp from 'sharp';
import {
  type CommandResult,
  ROOT,
  runCommand,
  scratchFolder,
  startProgram,
} from './run-command.ts';

describe('npm start', () => {
  let folder: string;
  let result: CommandResult;
  beforeAll(async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const [program, script, ...rest] = scripts['start']!.split(' ');
    expect([program, rest]).toEqual(['node', []]);
    folder = join(await scratchFolder(), 'out');
    const options = ['--epochs=1', '--train-items=512', `--out=${folder}`];
    result = await startProgram([join(ROOT, script!), ...options], { cwd: ROOT }).result;
  }, 300_000);

  test('trains, exports, runs the export, and says where to look', () => {
    expect(result.stderr).toContain('4/4  Draw the report');
    expect([result.code, result.signal]).toEqual([0, null]);
    for (const line of [/^Test loss +\d+/m, /^Model +2\.61 MB/m, /^Embedding +[\d,]+\/s/m]) {
      expect(result.stdout).toMatch(line);
    }
    expect(result.stdout).toContain(`file://${folder}/report.html`);
  });

  test('leaves a model that loads, and a run that can be resumed', async () => {
    expect((await readdir(folder)).sort()).toEqual([
      'interpolations.png',
      'loss.png',
      'model',
      'reconstructions.png',
      'report.html',
      'run',
      'samples.png',
    ]);
    const vae = await loadAutoencoder(join(folder, 'model'));
    expect((await vae.sample(1, { seed: 1 })).mean.dims).toEqual([1, 28, 28, 1]);
    await vae.dispose();
    const info = await runCommand(['info', join(folder, 'model')]);
    expect([info.code, info.stderr]).toEqual([0, '']);
  });

  test('draws pictures that show something', async () => {
    for (const [name, columns, rows] of [
      ['reconstructions', 12, 4],
      ['samples', 12, 5],
      ['interpolations', 12, 4],
    ] as const) {
      const image = sharp(join(folder, `${name}.png`));
      const { width, height } = await image.metadata();
      expect(width).toBe((1 + 29 * columns) * 4);
      expect(height).toBeGreaterThanOrEqual((1 + 29 * rows) * 4);
      const { channels } = await image.stats();
      expect(channels[0]!.max - channels[0]!.min).toBeGreaterThan(100);
      expect(channels[0]!.stdev).toBeGreaterThan(20);
    }
    const { width, height } = await sharp(join(folder, 'loss.png')).metadata();
    expect([width, height]).toEqual([1520, 640]);
  });

  test('writes a report that fetches nothing and describes its pictures', async () => {
    const whole = await readFile(join(folder, 'report.html'), 'utf8');
    const pngs = [...whole.matchAll(/<img src="data:image\/png;base64,([^"]+)"/g)];
    expect(pngs).toHaveLength(3);
    for (const [, base64] of pngs) {
      const { format, width } = await sharp(Buffer.from(base64!, 'base64')).metadata();
      expect([format, width]).toEqual(['png', (1 + 29 * 12) * 4]);
    }
    const page = whole.replaceAll(/data:image\/png;base64,[^"]+/g, 'PNG');
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    // The one address is the name of SVG, which nobody fetches.
    expect(page.match(/(?:https?:)?\/\/[^\s"'<]+/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(page).not.toMatch(/<script|<link|<iframe|@import|url\((?!#)/);
    expect(page.match(/<img src="PNG" alt="[^"]{20,}">/g)).toHaveLength(3);
    expect(page).toMatch(
      /<svg [^>]*role="img" aria-label="The training loss falls from \d+ to \d+/,
    );
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('latentkit quickstart', () => {
  test('refuses an output folder that cannot be written before it trains', async () => {
    const cwd = await scratchFolder();
    const result = await runCommand(['quickstart', '--out', '/dev/null/out'], { cwd });
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toMatch(/^error: .*\/dev\/null\/out/m);
    expect(result.stderr).not.toContain('epoch');
  });
});
