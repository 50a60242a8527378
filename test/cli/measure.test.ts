import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseCard } from '@latentkit/core';
import { callCommand } from './call-command.ts';
import { runCommand, SMALL, scratchFolder } from './run-command.ts';

describe('latentkit measure', () => {
  let cwd: string;

  beforeAll(async () => {
    cwd = await scratchFolder();
    await runCommand(['train', ...SMALL, '--epochs=1', '--out=run'], { cwd });
    await runCommand(['export', 'run', '--out=model'], { cwd });
  });

  test('prints figures with their protocols, and as JSON', async () => {
    const args = ['measure', 'model', '--only=elbo,reconstruction', '--items=20'];
    const { code, stdout, stderr } = await runCommand(args, { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^negative ELBO +\d/m);
    expect(stdout).toMatch(/Protocols:\n {2}negative ELBO: .*20 test items/);
    expect(stderr).toContain('measuring reconstruction …');
    const json = await callCommand([...args, '--json'], { cwd });
    const { metrics } = JSON.parse(json.stdout) as { metrics: { name: string; value: number }[] };
    expect(metrics.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  test('records figures on the card, once, and leaves the others', async () => {
    await cp(join(cwd, 'model'), join(cwd, 'copy'), { recursive: true });
    const read = async () => parseCard(await readFile(join(cwd, 'copy/model.json'), 'utf8'));
    const before = await read();
    for (let i = 0; i < 2; i++) {
      await runCommand(['measure', 'copy', '--only=reconstruction', '--items=20', '--record'], {
        cwd,
      });
    }
    const { metrics, ...rest } = await read();
    expect({ ...rest, metrics: before.metrics }).toEqual(before);
    const names = metrics.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(metrics.length).toBeGreaterThan(before.metrics.length);
    expect(await readFile(join(cwd, 'copy/README.md'), 'utf8')).toContain(names.at(-1));
  });

  test('refuses a group that does not apply, and a model that is none', async () => {
    const group = await callCommand(['measure', 'model', '--only=recognition'], { cwd });
    expect(group.code).toBe(2);
    expect(group.stderr).toMatch(/--only: expected one that applies.*received 'recognition'/);
    expect((await callCommand(['measure', 'nowhere'], { cwd })).code).toBe(1);
  });
});
