import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callCommand } from './call-command.ts';
import { writeDigits } from './digits.ts';
import { ROOT, type RunningCommand, scratchFolder, startCommand } from './run-command.ts';

const MODEL = join(ROOT, 'models/strokes-vae');

describe('a model that latentkit serve runs', () => {
  let cwd: string;
  let served: string;
  let server: RunningCommand;

  beforeAll(async () => {
    cwd = await scratchFolder();
    await writeDigits(join(cwd, 'digits'), 6);
    server = startCommand(['serve', MODEL, '--port', '0', '--json']);
    let printed = '';
    server.child.stdout?.on('data', (text: string) => {
      printed += text;
    });
    await server.shown('Ctrl-C ends it');
    served = `oip+${(JSON.parse(printed) as { url: string }).url}/strokes-vae`;
  });

  afterAll(async () => {
    server.child.kill('SIGINT');
    await server.result;
  });

  test('samples, embeds and is searched with as from its folder', async () => {
    const sampled = await callCommand(['sample', served, '--out', 's.png'], { cwd });
    expect([sampled.code, sampled.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    for (const [model, out] of [
      [served, 'there.parquet'],
      [MODEL, 'here.parquet'],
    ] as const) {
      const { code, stdout } = await callCommand(['embed', model, 'digits', '-o', out], { cwd });
      expect([code, stdout]).toEqual([0, expect.stringContaining('6 rows of')]);
    }
    // The model of the query is looked for where it was then: at the server.
    const results = [];
    for (const name of ['there', 'here']) {
      const args = ['search', `${name}.parquet`, 'digits/even/0.png', '--json'];
      const { code, stdout } = await callCommand(args, { cwd });
      expect(code).toBe(0);
      results.push((JSON.parse(stdout) as { hits: { id: string }[] }).hits.map(({ id }) => id));
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]?.[0]).toBe('even/0.png');
  });

  test('is described by info, with its server in the place of files', async () => {
    const { code, stdout } = await callCommand(['info', served]);
    expect(code).toBe(0);
    expect(stdout).toContain('strokes-vae');
    expect(stdout).toMatch(/^runs on\n {2}runs at http:\/\//m);
    expect(stdout).not.toMatch(/^files$/m);
    const json = await callCommand(['info', served, '--json']);
    const here = await callCommand(['info', MODEL, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      card: JSON.parse(here.stdout).card,
      files: [],
      device: { name: 'oip' },
    });
  });

  test.each([
    'check MODEL',
    'diff MODEL MODEL',
    'export MODEL --out x',
    'serve MODEL',
    'measure MODEL',
    'report MODEL --out x',
    'directions MODEL --record',
  ])('%s says that it needs the files', async (line) => {
    const args = line.split(' ').map((word) => (word === 'MODEL' ? served : word));
    const { code, stdout, stderr } = await callCommand(args, { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('model: expected a folder of this machine');
    expect(stderr).not.toContain('ENOENT');
    expect(await readdir(cwd)).not.toContain('x');
  });

  test('an option that says where to run is refused where it was given', async () => {
    const args = ['sample', served, '--device', 'cpu', '--out', 'd.png'];
    const { code, stderr } = await callCommand(args, { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining("received 'cpu'")]);
  });
});
