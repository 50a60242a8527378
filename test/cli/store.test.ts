import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@latentkit/stores';
import { callCommand } from './call-command.ts';
import { MODEL, writeDigits } from './digits.ts';
import { ROOT, runCommand, scratchFolder, startCommand } from './run-command.ts';

const COUNT = 30;

describe('a store of vectors', () => {
  let cwd: string;
  let names: string[];
  const run = (...args: string[]) => runCommand(args, { cwd });
  const open = (name: string) => openStore(`sqlite:${join(cwd, name)}`);

  /** Rows of a store; 0 also where there is none yet. */
  const rowsIn = async (name: string): Promise<number> => {
    const store = await open(name).catch(() => undefined);
    try {
      return (await store?.count()) ?? 0;
    } finally {
      await store?.close();
    }
  };

  beforeAll(async () => {
    cwd = await scratchFolder();
    names = await writeDigits(join(cwd, 'digits'), COUNT);
    const embedded = await run('embed', MODEL, 'digits', '--to', 'sqlite:vectors.db');
    expect([embedded.code, embedded.stderr]).toEqual([0, '']);
    expect(embedded.stdout).toMatch(
      /^sqlite:vectors\.db: 30 rows of 20 numbers; 30 embedded in .* \(\S+\/s\)\n$/,
    );
  });

  test('says how many rows it holds, and is rid of those of files that are gone', async () => {
    await cp(join(cwd, 'digits'), join(cwd, 'going'), { recursive: true });
    const embed = async (...more: string[]) => {
      const args = ['embed', MODEL, 'going', '--to', 'sqlite:going.db', ...more];
      const { code, stdout, stderr } = await callCommand(args, { cwd });
      expect([code, stderr]).toEqual([0, '']);
      return stdout;
    };
    await embed();
    await rm(join(cwd, 'going/odd/1.png'));
    expect(await embed()).toMatch(
      /: 29 rows of 20 numbers; 0 embedded in .*, 29 unchanged since before; 30 rows in the store\n$/,
    );
    expect(await embed('--prune')).toMatch(
      /, 29 unchanged since before, 1 of files that are gone taken out\n$/,
    );
    const report = JSON.parse(await embed('--prune', '--json'));
    expect(report).toMatchObject({ rows: 29, unchanged: 29, stored: 29, pruned: 0 });
  });

  test('is filled from a file, and searched to the same end', async () => {
    await run('embed', MODEL, 'digits', '--out', 'vectors.parquet');
    const merged = await run('embed', 'merge', 'vectors.parquet', '--to', 'sqlite:merged.db');
    expect(merged).toMatchObject({ code: 0, stderr: '' });
    expect(merged.stdout).toBe('sqlite:merged.db: 30 rows of 1 file\n');
    const search = async (...query: string[]) => {
      const { code, stdout, stderr } = await run('search', ...query, '-k4', '--json');
      expect([code, stderr]).toEqual([0, '']);
      const { hits } = JSON.parse(stdout) as { hits: { id: string }[] };
      return hits.map(({ id }) => id);
    };
    const wanted = await search('vectors.parquet', 'digits/odd/13.png');
    expect(wanted[0]).toBe('odd/13.png');
    expect(await search('sqlite:merged.db', 'digits/odd/13.png')).toEqual(wanted);
    expect(await search('sqlite:vectors.db', '--row=odd/13.png')).toEqual(wanted);
  });

  test('goes on where it was killed', async () => {
    // Whole batches, so that a machine that embeds them all before it is killed is no other case.
    const many = await writeDigits(join(cwd, 'many'), 38 * 16);
    const args = ['embed', MODEL, 'many', '--to', 'sqlite:many.db', '--batch', '16'];
    const { child, result } = startCommand(args, { cwd });
    while ((await rowsIn('many.db')) === 0) await pause(10);
    child.kill('SIGKILL');
    await result;
    const store = await open('many.db');
    const kept = await store.count();
    expect(kept % 16).toBe(0);
    const { stdout } = await run(...args, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ rows: many.length, unchanged: kept });
    expect(await store.count()).toBe(many.length);
    await store.close();
  });

  test('takes shards from several processes at the same time', async () => {
    const shards = ['1/3', '2/3', '3/3'].map((shard) =>
      run('embed', MODEL, 'digits', '--to', 'sqlite:shards.db', '--shard', shard, '--batch', '2'),
    );
    for (const { code, stderr } of await Promise.all(shards)) {
      expect([code, stderr]).toEqual([0, '']);
    }
    const store = await open('shards.db');
    expect(await store.count()).toBe(COUNT);
    expect((await store.get(names)).rows).toHaveLength(COUNT);
    await store.close();
  });

  test.each([
    ['a store beside files', 'search sqlite:vectors.db 1.npy --row=x', 2, 'or one store'],
    [
      'a row that is none',
      'search sqlite:vectors.db --row=x',
      2,
      "rows of sqlite:vectors.db is 'x'",
    ],
    ['a database that is none', 'search sqlite:text.db --row=x', 1, 'sqlite:text.db is no SQLite'],
    [
      'a picture of another model',
      `search sqlite:vectors.db digits/odd/1.png --model ${join(ROOT, 'models/strokes-vae')}`,
      2,
      'sqlite:vectors.db, of the latent space of mnist-vae',
    ],
  ])('%s is refused in a sentence', async (_, line, code, message) => {
    await writeFile(join(cwd, 'text.db'), 'text');
    const result = await run(...line.split(' '));
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });
});
