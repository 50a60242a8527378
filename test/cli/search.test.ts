import { cp, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { callCommand } from './call-command.ts';
import { MODEL, writeDigits } from './digits.ts';
import { ROOT, scratchFolder } from './run-command.ts';

interface Found {
  readonly model: string;
  readonly metric: string;
  readonly hits: readonly { readonly id: string; readonly distance: number }[];
}

describe('latentkit search', () => {
  let cwd: string;
  const search = async (...args: string[]) => {
    const { code, stdout, stderr } = await callCommand(['search', ...args, '--json'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as Found;
  };

  beforeAll(async () => {
    cwd = await scratchFolder();
    await writeDigits(join(cwd, 'digits'), 30);
    await symlink(MODEL, join(cwd, 'model'));
    for (const args of [
      ['-o', 'all.parquet'],
      ['-o', '1.npy', '--shard=1/2'],
      ['-o', '2.csv', '--shard=2/2'],
    ]) {
      expect((await callCommand(['embed', 'model', 'digits', ...args], { cwd })).code).toBe(0);
    }
    await cp(join(cwd, 'all.parquet'), join(cwd, 'parts/1.parquet'));
  });

  test('finds the picture itself first, then those that are like it', async () => {
    const { model, metric, hits } = await search('all.parquet', 'digits/odd/13.png', '-k', '4');
    expect([model, metric]).toEqual(['mnist-vae', 'cosine']);
    expect(hits[0]?.id).toBe('odd/13.png');
    const distances = hits.map(({ distance }) => distance);
    expect(distances[0]).toBeLessThan(1e-5);
    expect(distances).toEqual(distances.slice().sort((a, b) => a - b));
    expect(hits).toHaveLength(4);
  });

  test('finds the same by the row, by distance, and in shards', async () => {
    const byRow = await search('all.parquet', '--row', 'odd/13.png', '--metric=euclidean');
    const shards = await search('1.npy', '2.csv', 'digits/odd/13.png', '--metric=euclidean');
    expect(byRow.hits).toHaveLength(10);
    expect(shards.hits.map(({ id }) => id)).toEqual(byRow.hits.map(({ id }) => id));
  });

  test('finds a row once that is in several files', async () => {
    const whole = await search('all.parquet', '--row', 'odd/13.png', '-k30');
    const twice = await search('all.parquet', '1.npy', '2.csv', '--row', 'odd/13.png', '-k30');
    expect(twice.hits.map(({ id }) => id)).toEqual(whole.hits.map(({ id }) => id));
    expect(new Set(twice.hits.map(({ id }) => id)).size).toBe(30);
  });

  test('prints a line a hit for people', async () => {
    const { stdout } = await callCommand(['search', 'all.parquet', '--row=even/0.png', '-k2'], {
      cwd,
    });
    expect(stdout).toMatch(
      /^ {2}1 {2}0\.0000 {2}even\/0\.png\n {2}2 {2}\d\.\d{4} {2}\w+\/\d+\.png\n$/,
    );
  });

  test('refuses vectors of another latent space by name', async () => {
    const other = join(ROOT, 'models/strokes-vae');
    const args = ['search', 'all.parquet', 'digits/odd/1.png', '--model', other];
    const { code, stdout, stderr } = await callCommand(args, { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('models/strokes-vae');
    expect(stderr).toContain('all.parquet, of the latent space of mnist-vae');
  });

  test('says what to do where the model is gone, and finds it by --model', async () => {
    await rename(join(cwd, 'model'), join(cwd, 'moved'));
    const args = ['all.parquet', 'digits/odd/1.png', '-k1'];
    const lost = await callCommand(['search', ...args], { cwd });
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/mnist-vae, which made all\.parquet, is no longer in .*--model/);
    expect((await search(...args, '--model=moved')).hits[0]?.id).toBe('odd/1.png');
    await rename(join(cwd, 'moved'), join(cwd, 'model'));
  });

  test.each([
    ['a picture alone', ['digits/odd/1.png'], 2, 'latentkit search vectors.parquet query.png'],
    [
      'vectors that are not there',
      ['none.npy', 'digits/odd/1.png'],
      1,
      'There is no file none.npy. Vectors are made by',
    ],
    [
      'a folder of parts',
      ['parts', 'digits/odd/1.png'],
      1,
      "parts is a folder of files of vectors; files were expected. Name them, such as parts/1.parquet, or put them into one: 'latentkit embed merge parts --out vectors.parquet'.",
    ],
    ['a picture that is not there', ['all.parquet', 'none.png'], 1, 'none.png does not exist'],
    ['a picture that is none', ['all.parquet', 'text.png'], 1, 'cannot be read as an image'],
    ['vectors that are none', ['text.parquet', 'digits/odd/1.png'], 1, 'text.parquet'],
    [
      'a row that is none',
      ['all.parquet', '--row=x'],
      2,
      "none of the 30 rows of all.parquet is 'x'",
    ],
    [
      'the path of a picture for its row, with the row that is meant',
      ['all.parquet', '--row=./digits/even/0.png'],
      2,
      "within the folder that was embedded: this one 'even/0.png'.",
    ],
    [
      'k of 0',
      ['all.parquet', '--row=even/0.png', '-k0'],
      2,
      '--count: expected an integer of at least 1',
    ],
    ...['--model=elsewhere', '--condition=3', '--device=cpu'].map(
      (flag): [string, string[], number, string] => [
        `${flag} beside a row`,
        ['all.parquet', '--row=even/0.png', flag],
        2,
        `${flag.split('=')[0]}: expected a picture to look for, which a model embeds, received --row`,
      ],
    ),
    ['a metric that is none', ['all.parquet', '--row=even/0.png', '--metric=l1'], 2, "'euclidean'"],
  ])('refuses %s in a sentence', async (_, args, code, message) => {
    for (const name of ['text.png', 'text.parquet']) await writeFile(join(cwd, name), 'text');
    const result = await callCommand(['search', ...args], { cwd });
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });
});
