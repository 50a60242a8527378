/** Builds the page (examples/explorer) into dist/page, with the licences of what is compiled into it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const PAGE = join(ROOT, 'dist/page');
const SOURCE = resolve(ROOT, '../../examples/explorer');

const vite = join(
  dirname(createRequire(import.meta.url).resolve('vite/package.json')),
  'bin/vite.js',
);
const { status } = spawnSync(
  process.execPath,
  [vite, 'build', SOURCE, '--outDir', PAGE, '--emptyOutDir', '--logLevel', 'warn'],
  { stdio: 'inherit', env: { ...process.env, NODE_ENV: 'production' } },
);
if (status !== 0) process.exit(status ?? 1);

const licences = join(ROOT, 'dist/licenses');
rmSync(licences, { recursive: true, force: true });
mkdirSync(licences, { recursive: true });
const modules = resolve(ROOT, '../../node_modules');
const seen = new Set();

/** Copies the licence of a package, and those of what it depends on. */
function copyLicence(name) {
  if (seen.has(name) || name.startsWith('@latentkit/')) return;
  seen.add(name);
  const folder = join(modules, name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no licence to copy`);
  const plain = name.replace('@', '').replace('/', '-');
  cpSync(join(folder, file), join(licences, `${plain}-LICENSE`));
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) copyLicence(dependency);
}

const { dependencies } = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8'));
for (const name of Object.keys(dependencies)) copyLicence(name);
// What @latentkit/web has compiled in is on the page too.
cpSync(resolve(ROOT, '../web/dist/licenses'), licences, { recursive: true });
