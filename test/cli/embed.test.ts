import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadVectors } from '@latentkit/data';
import { loadEncoder, readImages } from '@latentkit/node';
import { callCommand } from './call-command.ts';
import { MODEL, writeDigits } from './digits.ts';
import { COMMAND, runCommand, scratchFolder, startCommand } from './run-command.ts';

const COUNT = 40;

describe('latentkit embed', () => {
  let cwd: string;
  let names: string[];

  beforeAll(async () => {
    cwd = await scratchFolder();
    names = await writeDigits(join(cwd, 'digits'), COUNT);
  });

  test.each(['parquet', 'npy', 'jsonl', 'csv'])(
    'writes the vectors that the library gives, as .%s',
    async (format) => {
      const out = `vectors.${format}`;
      const { code, stdout, stderr } = await runCommand(['embed', MODEL, 'digits', '-o', out], {
        cwd,
      });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(
        /^vectors\.\w+: 40 rows of 20 numbers; 40 embedded in .* \(\S+\/s\)\n$/,
      );
      const { info, rows, vectors } = await loadVectors(join(cwd, out));
      expect(rows.map(({ id }) => id)).toEqual(names);
      const encoder = await loadEncoder(MODEL);
      const items = await readImages(
        names.map((name) => join(cwd, 'digits', name)),
        encoder.card,
      );
      const { data } = await encoder.embed(items);
      expect(info).toMatchObject({ space: encoder.space, model: 'mnist-vae', count: COUNT });
      expect(Math.max(...vectors.map((value, i) => Math.abs(value - data[i]!)))).toBeLessThan(1e-5);
      await encoder.dispose();
    },
  );

  test('takes up what is there: again, after a change, with a file that is none', async () => {
    await cp(join(cwd, 'digits'), join(cwd, 'more'), { recursive: true });
    const args = ['encode', MODEL, 'more', '--out', 'deep/more.parquet', '--json'];
    const report = async () => {
      const { code, stdout, stderr } = await callCommand(args, { cwd });
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    expect(await report()).toMatchObject({ rows: COUNT, embedded: COUNT, unchanged: 0, bad: [] });
    expect(await report()).toMatchObject({ rows: COUNT, embedded: 0, unchanged: COUNT });
    await writeFile(join(cwd, 'more/broken.png'), 'no picture at all');
    await cp(join(cwd, 'more/even/0.png'), join(cwd, 'more/new.png'));
    expect(await report()).toMatchObject({
      ...{ rows: COUNT + 1, embedded: 1, unchanged: COUNT },
      bad: [{ id: 'broken.png', reason: expect.stringContaining('no picture of a known format') }],
    });
    const plain = await callCommand(args.slice(0, -1), { cwd });
    expect(plain.stderr).toMatch(/^1 file left out:\n {2}- broken\.png: it is no picture/);
    expect(await readdir(join(cwd, 'deep'))).toEqual(['more.parquet']);
  });

  test('adds scores, by the shard, of several sources', async () => {
    const rows: string[] = [];
    for (const shard of ['1/2', '2/2']) {
      const out = `shard-${shard[0]}.csv`;
      const args = ['embed', MODEL, 'digits/odd', 'digits/even', '-o', out, '--score'];
      const { code } = await callCommand([...args, '--shard', shard], { cwd });
      expect(code).toBe(0);
      const [head, ...lines] = (await readFile(join(cwd, out), 'utf8')).trim().split('\n');
      expect(head).toMatch(/^id,sha256,bytes,stamp,score,v0,/);
      for (const line of lines) expect(Number(line.split(',')[4])).toBeLessThan(-20);
      rows.push(...lines.map((line) => line.split(',')[0]!));
    }
    expect(rows.sort()).toEqual(names);
    const merged = await callCommand(
      ['embed', 'merge', 'shard-1.csv', 'shard-2.csv', '-o', 'all.parquet', '--json'],
      { cwd },
    );
    expect([merged.code, JSON.parse(merged.stdout).rows]).toEqual([0, names.length]);
    const half = await callCommand(['embed', 'merge', 'shard-2.csv', '-o', 'half.csv'], { cwd });
    expect([half.code, half.stdout]).toEqual([1, '']);
    expect(half.stderr).toContain('1 of 2 shards are missing: 1/2');
  });

  test('embeds what manifests list, and merges their parts in the order of the source', async () => {
    await mkdir(join(cwd, 'lists'));
    for (const [i, some] of [names.slice(0, 15), names.slice(15)].entries()) {
      const list = `lists/${i}.jsonl`;
      await writeFile(join(cwd, list), some.map((id) => `${JSON.stringify({ id })}\n`).join(''));
      const args = ['embed', MODEL, 'digits', '-o', `parts/${i}.parquet`, '--manifest', list];
      expect(await callCommand(args, { cwd })).toMatchObject({ code: 0, stderr: '' });
    }
    const merge = ['embed', 'merge', 'parts', '--out', 'merged.parquet'];
    const blind = await callCommand(merge, { cwd });
    expect([blind.code, blind.stderr]).toEqual([2, expect.stringContaining('--manifest')]);
    const merged = await callCommand([...merge, '--manifest', 'lists'], { cwd });
    expect(merged).toMatchObject({ code: 0, stderr: '' });
    expect(merged.stdout).toBe('merged.parquet: 40 rows of 2 files\n');
    await callCommand(['embed', MODEL, 'digits', '-o', 'alone.parquet'], { cwd });
    const [parts, alone] = await Promise.all(
      ['merged.parquet', 'alone.parquet'].map((name) => readFile(join(cwd, name))),
    );
    expect(parts?.equals(alone as Buffer)).toBe(true);
    await rm(join(cwd, 'parts/0.parquet'));
    const short = await callCommand([...merge, '--manifest', 'lists'], { cwd });
    expect([short.code, short.stderr]).toEqual([1, expect.stringContaining('0.jsonl')]);
  });

  test.each([
    ['an empty folder', 'embed MODEL empty -o x.npy', 1, 'There are no pictures in'],
    ['a folder that is not there', 'embed MODEL nowhere -o x.npy', 1, 'There is no'],
    ['pictures of which none can be read', 'embed MODEL bad -o x.npy', 1, 'None of the 2 pictures'],
    ['a model that is none', 'embed digits digits -o x.npy', 1, 'digits'],
    ['another ending', 'embed MODEL digits -o x.bin', 2, '.parquet, .npy, .jsonl, .csv'],
    [
      'no output',
      'embed MODEL digits',
      2,
      '--to sqlite:vectors.db for a store; neither was given.',
    ],
    ['two outputs', 'embed MODEL digits -o x.npy --to sqlite:x.db', 2, 'both were given'],
    ['a store of no kind that is known', 'embed MODEL digits --to x.db', 2, "'sqlite:vectors.db'"],
    ['no source', 'embed MODEL -o x.npy', 2, "missing required argument 'source"],
    ['a shard that is none', 'embed MODEL digits -o x.npy --shard 3', 2, 'such as 1/4'],
    ['a shard beyond all', 'embed MODEL digits -o x.npy --shard 5/4', 2, 'parts count from 1'],
    ['a shard before the first', 'embed MODEL digits -o x.npy --shard 0/4', 2, "'0/4' is invalid"],
    ['a manifest that is none', 'embed MODEL digits -o x.npy --manifest nowhere', 1, 'nowhere'],
    [
      'a manifest and a shard',
      'embed MODEL digits -o x.npy --manifest x.jsonl --shard 1/2',
      2,
      'either a manifest or a shard',
    ],
    ['a device that is none', 'embed MODEL digits -o x.npy --device tpu', 2, "'tpu'"],
    [
      'a condition without use',
      'embed MODEL digits -o x.npy --condition 3',
      2,
      '--condition: expected none',
    ],
    ['a place that cannot be written', 'embed MODEL digits -o /proc/x.npy', 1, '/proc/x.npy.part'],
  ])('refuses %s in a sentence', async (_, line, code, message) => {
    await mkdir(join(cwd, 'empty'), { recursive: true });
    await mkdir(join(cwd, 'bad'), { recursive: true });
    for (const name of ['a.png', 'b.jpg']) await writeFile(join(cwd, 'bad', name), 'text');
    const args = line.split(' ').map((word) => (word === 'MODEL' ? MODEL : word));
    const result = await callCommand(args, { cwd });
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    expect((await readdir(cwd)).filter((name) => name.startsWith('x.'))).toEqual([]);
  });

  describe('when it is stopped', () => {
    const many = 600;

    beforeAll(() => writeDigits(join(cwd, 'many'), many));

    test.each([
      ['Ctrl-C', 'SIGINT', 130],
      ['kill -9', 'SIGKILL', null],
    ] as const)('by %s, it goes on where it was', async (_, signal, code) => {
      const out = `${signal}.parquet`;
      const args = ['embed', MODEL, 'many', '-o', out, '--batch', '1'];
      const { child, result } = startCommand(args, { cwd });
      const lines = join(cwd, `${out}.part/rows.jsonl`);
      // Until some rows are kept, and others are left to do.
      while (((await stat(lines).catch(() => undefined))?.size ?? 0) < 500) {
        if (child.exitCode !== null) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill(signal);
      const stopped = await result;
      expect(stopped.code).toBe(code);
      if (code !== null) {
        expect(stopped.stderr).toContain('Interrupted. Run the same command again: it goes on');
      }
      expect((await readdir(cwd)).filter((name) => name.startsWith(signal))).toEqual([
        `${out}.part`,
      ]);
      const { stdout } = await runCommand([...args, '--json'], { cwd });
      const { rows, embedded } = JSON.parse(stdout) as { rows: number; embedded: number };
      expect(rows).toBe(many);
      expect(embedded).toBeLessThan(many);
      expect((await loadVectors(join(cwd, out))).rows).toHaveLength(many);
      expect((await readdir(cwd)).filter((name) => name.startsWith(signal))).toEqual([out]);
    });
  });

  test('on a disk that is full, it says so, keeps what it has, and goes on when there is room', async () => {
    await mkdir(join(cwd, 'disk'));
    const embed = `"${process.execPath}" "${COMMAND}" embed "${MODEL}" digits --batch 8 -o disk/v.npy`;
    const script = [
      'mount -t tmpfs -o size=24k none disk',
      `${embed}; echo "code $?"; ls -A disk`,
      'mount -o remount,size=1m none disk',
      `${embed}; echo "code $?"; cp disk/v.npy* .`,
    ].join('\n');
    // A disk of one's own needs no rights in a name space of one's own.
    const { stdout, stderr } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script], {
      cwd,
    });
    expect(stderr).toMatch(/error: Could not write .*ENOSPC.*The disk is full: free some space/);
    expect(stdout).toMatch(/^code 1\nv\.npy\.part\n.*: 40 rows of 20 numbers; .*\ncode 0\n$/);
    expect((await loadVectors(join(cwd, 'v.npy'))).rows).toHaveLength(COUNT);
  });

  test.each([
    ['SIGINT', 130, /^Interrupted\. Run the same command again/m],
    ['SIGTERM', 0, /^Stopping after this batch\. [^\n]*\n$/m],
  ] as const)(
    '--watch follows what comes, a line a round, until %s',
    async (signal, ended, says) => {
      await rm(join(cwd, 'inbox'), { recursive: true, force: true });
      await rm(join(cwd, 'inbox.jsonl'), { force: true });
      await mkdir(join(cwd, 'inbox'));
      const args = ['embed', MODEL, 'inbox', '-o', 'inbox.jsonl', '--watch', '--json'];
      const { child, result, shown } = startCommand(args, { cwd });
      await shown('waiting: There are no pictures in');
      await cp(join(cwd, 'digits/even/0.png'), join(cwd, 'inbox/a.png'));
      while (!(await stat(join(cwd, 'inbox.jsonl')).catch(() => undefined))) {
        if (child.exitCode !== null) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill(signal);
      const { code, stdout, stderr } = await result;
      expect([code, stderr]).toEqual([ended, expect.stringMatching(says)]);
      const [first] = stdout.trim().split('\n');
      expect(JSON.parse(first!)).toMatchObject({ rows: 1, embedded: 1 });
    },
  );
});
