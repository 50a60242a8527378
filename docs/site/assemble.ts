/**
 * Puts the pages of the documentation's site together under docs/.cache/site: the files that pages.ts names, with
 * their links turned into the site's, the pictures that they show, and the API reference out of the docstrings.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { siteLinks } from './links.ts';
import { SECTIONS } from './pages.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SITE = resolve(import.meta.dirname, '../.cache/site');

function write(path: string, text: string): void {
  mkdirSync(dirname(join(SITE, path)), { recursive: true });
  writeFileSync(join(SITE, path), text);
}

/** Copies a picture of the repository. @returns its address on the site */
function copyPicture(source: string): string {
  if (!existsSync(join(ROOT, source))) throw new Error(`no picture ${source}`);
  const address = source.replace(/^docs\//, '');
  const target = join(SITE, 'public', address);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(ROOT, source), target);
  return `/${address}`;
}

rmSync(SITE, { recursive: true, force: true });
const listed = SECTIONS.flatMap(({ pages }) => pages);
const pages = new Map(listed.map(({ file, page }) => [file, page]));
for (const { file, page } of listed) {
  write(`${page}.md`, siteLinks(readFileSync(join(ROOT, file), 'utf8'), file, pages, copyPicture));
}
write('index.md', readFileSync(join(import.meta.dirname, 'home.md'), 'utf8'));
copyPicture('docs/images/quickstart.png');

const typedoc = join(
  dirname(createRequire(import.meta.url).resolve('typedoc/package.json')),
  'bin/typedoc',
);
const { status } = spawnSync(
  process.execPath,
  [typedoc, '--options', join(import.meta.dirname, 'typedoc.json'), '--out', join(SITE, 'api')],
  { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
);
if (status !== 0) throw new Error(`typedoc ended with ${status}`);
