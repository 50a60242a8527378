import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { withPage } from '../browser/with-page.ts';
import { ROOT, runCommand, startProgram } from './run-command.ts';

/** Inside the workspace, so that the snippets find the packages by their names. */
const SCRATCH = join(__dirname, '.cache/readme');

describe('the README', () => {
  let readme: string;
  const snippetAfter = (heading: string) => {
    const section = readme.slice(readme.indexOf(`\n## ${heading}\n`));
    const [, code] = section.match(/```js\n([\s\S]*?)```/) ?? [];
    if (!code) throw new Error(`the README has no snippet under '${heading}'`);
    return code;
  };

  beforeAll(async () => {
    readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    await rm(SCRATCH, { recursive: true, force: true });
    await mkdir(SCRATCH, { recursive: true });
  });

  test('has a snippet for Node that runs as it stands', async () => {
    const script = join(SCRATCH, 'node.mjs');
    await writeFile(script, snippetAfter('Use a model in Node'));
    const { code, stdout, stderr } = await startProgram([script], { cwd: ROOT }).result;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\w+ \[ 16, 20 \] \[ 16, 28, 28, 1 \] \[ 8, 28, 28, 1 \]\n$/);
  });

  test('has a snippet for the web that bundles, runs and draws as it stands', async () => {
    const page = join(SCRATCH, 'page');
    await mkdir(page);
    await writeFile(join(page, 'main.js'), snippetAfter('Use it on the web'));
    await writeFile(
      join(page, 'index.html'),
      '<!doctype html><link rel="icon" href="data:,"><canvas></canvas><script type="module" src="main.js"></script>',
    );
    const model = join(ROOT, 'models/mnist-vae');
    await withPage({ page, mounts: { '/models/mnist-vae/': model } }, async (context) => {
      const canvas = context.page.locator('canvas[title]');
      await canvas.waitFor();
      expect(await canvas.getAttribute('title')).toMatch(/^drawn on (webgpu|wasm)$/);
      const pixels = await context.page.evaluate(() => {
        const drawing = document.querySelector('canvas')?.getContext('2d');
        return [...(drawing?.getImageData(0, 0, 28, 28).data ?? [])];
      });
      const grey = pixels.filter((_, i) => i % 4 === 0);
      expect([Math.min(...grey) < 10, Math.max(...grey) > 200]).toEqual([true, true]);
      expect(pixels.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
      expect(context.complaints).toEqual([]);
    });
  });

  test.each([
    ['README.md', 3],
    ['docs/getting-started.md', 3],
    ['docs/your-own-pictures.md', 5],
  ])('and %s name commands and options that exist', async (name, least) => {
    const text = await readFile(join(ROOT, name), 'utf8');
    const commands = [...text.matchAll(/^npx latentkit (\w+)([^#\n]*)/gm)];
    expect(commands.length).toBeGreaterThanOrEqual(least);
    for (const [, verb, rest] of commands) {
      const { code, stdout } = await runCommand([verb!, '--help']);
      expect(code).toBe(0);
      for (const [option] of rest!.matchAll(/--[\w-]+/g)) expect(stdout).toContain(`${option} `);
    }
  });

  test('names scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, run, script] of readme.matchAll(/npm (run )?([\w:-]+)/g)) {
      if (run || ['start', 'test'].includes(script!)) expect(scripts).toHaveProperty([script!]);
    }
  });

  test.each([
    'README.md',
    'CONTRIBUTING.md',
    'docs/getting-started.md',
    'docs/your-own-pictures.md',
    'docs/model-card.md',
    'packages/cli/README.md',
  ])('and %s link to files that exist', async (name) => {
    const text = await readFile(join(ROOT, name), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(0);
    const missing = links.filter((link) => !existsSync(join(ROOT, name, '..', link)));
    expect(missing).toEqual([]);
  });
});
