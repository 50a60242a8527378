import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT, runCommand, startProgram } from '../cli/run-command.ts';

/** Each guide, and what its program prints. */
const GUIDES: Readonly<Record<string, readonly RegExp[]>> = {
  'embeddings-and-search.md': [/^20 0 7\.png 0\.000$/, /^true$/, /^20 true$/],
  'editing.md': [
    /^thickness true$/,
    /^true$/,
    /^\[ 8, 28, 28, 1 \] \[ 21, 28, 28, 1 \] 3 \[ 8, 28, 28, 1 \]$/,
  ],
  'anomaly-detection.md': [/^true true$/, /^10$/],
  'own-arrays.md': [/^2000 \[ 'blue', 'green', 'red' \]$/, /^\[ 'blue', 'green', 'red' \] discs$/],
  'serving.md': [/^mnist-vae \[ 64, 20 \] runs at http:\/\/localhost:\d+\/$/],
  'augmentation.md': [/^\[ 150, 28, 28, 1 \] 150$/],
};

/** Guides to what need not be pictures. */
const WITHOUT_PICTURES = ['own-arrays.md', 'serving.md'];

/** Inside the workspace, so that the programs find the packages by their names. */
const SCRATCH = join(__dirname, '.cache/guides');

beforeAll(async () => {
  await rm(SCRATCH, { recursive: true, force: true });
  await mkdir(SCRATCH, { recursive: true });
});

describe.each(Object.entries(GUIDES))('docs/%s', (name, printed) => {
  let text: string;
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
      ([, code]) => code!,
    );

  beforeAll(async () => {
    text = await readFile(join(ROOT, 'docs', name), 'utf8');
  });

  test('has a program that runs as it stands', async () => {
    const [code, ...others] = blocks('js');
    expect(others).toEqual([]);
    const script = join(SCRATCH, name.replace('.md', '.mjs'));
    await writeFile(script, code!);
    const { code: exit, stdout, stderr } = await startProgram([script], { cwd: ROOT }).result;
    expect([exit, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(printed.length);
    for (const [i, line] of lines.entries()) expect(line).toMatch(printed[i]!);
  });

  test('names verbs and options that exist', async () => {
    const commands = blocks('sh').flatMap((block) => [
      ...block.matchAll(/^npx latentkit ([\w-]+)([^#\n]*)/gm),
    ]);
    expect(commands.length).toBeGreaterThan(0);
    const helps = new Map<string, string>();
    for (const [, verb, rest] of commands) {
      if (!helps.has(verb!)) {
        const { code, stdout } = await runCommand([verb!, '--help']);
        expect(code).toBe(0);
        helps.set(verb!, stdout);
      }
      for (const [option] of rest!.matchAll(/--[\w-]+/g)) {
        expect(helps.get(verb!)).toContain(`${option}`);
      }
    }
  });

  test('shows pictures, and links to files, that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !existsSync(join(ROOT, 'docs', link)))).toEqual([]);
    if (!WITHOUT_PICTURES.includes(name))
      expect(links.some((link) => link.endsWith('.png'))).toBe(true);
  });
});
