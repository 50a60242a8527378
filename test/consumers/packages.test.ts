import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { manifestOf, publishedFolders, ROOT } from '../../scripts/published.ts';

const run = promisify(execFile);
const PUBLINT = join(dirname(createRequire(__filename).resolve('publint')), 'cli.js');
const CHECK_TYPES = join(__dirname, 'check-types.mjs');

/** ES modules alone: `require` of them works from Node 20.19 on, which TypeScript's node16 does not know. */
const ONLY_ESM: Readonly<Record<string, readonly string[]>> = {
  'packages/cli': ['.'],
  'packages/explorer': ['.', './format'],
  'packages/queue': ['.'],
  'packages/serve': ['.'],
  'packages/stores': ['.'],
  training: ['./browser', './for-bench'],
};
/** Files that a bundler or a browser asks for by address: nobody imports them for their types. */
const ASSETS = /^\.\/worker|\.wasm$/;

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

const FOLDERS = publishedFolders();

/** What a tarball takes on a user's disk, in bytes, without the source maps. */
const installedSize = ({ files }: Packed) =>
  files.filter(({ path }) => !path.endsWith('.map')).reduce((sum, { size }) => sum + size, 0);

async function lint(tarball: string): Promise<string> {
  const { stdout } = await run(process.execPath, [PUBLINT, 'run', tarball, '--strict']);
  return stdout;
}

interface Types {
  readonly entries: readonly string[];
  readonly problems: readonly string[];
}

/** How packages resolve, in the order given: by one process, since TypeScript takes a second to load. */
async function checkTypes(
  packages: readonly (readonly [tarball: string, assets: readonly string[]])[],
): Promise<Types[]> {
  const { stdout } = await run(process.execPath, [CHECK_TYPES, JSON.stringify(packages)]);
  return JSON.parse(stdout) as Types[];
}

/** The packages of others whose code is in a package's build, by its source maps; as names of their licences. */
function compiledInto(folder: string): string[] {
  const dist = join(ROOT, folder, 'dist');
  const sources = readdirSync(dist)
    .filter((name) => /\.[cm]js\.map$/.test(name))
    .flatMap((name) => {
      const map = JSON.parse(readFileSync(join(dist, name), 'utf8')) as { sources: string[] };
      return map.sources;
    });
  const names = sources.flatMap(
    (source) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
  );
  return [...new Set(names.map((name) => name.replace('@', '').replace('/', '-')))].sort();
}

let scratch: string;
const packed = new Map<string, Packed>();

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'latentkit-packages-'));
  const folders = FOLDERS.map((folder) => join(ROOT, folder));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', ...folders], {
    cwd: scratch,
    maxBuffer: 2 ** 26,
  });
  for (const result of JSON.parse(stdout) as Packed[]) packed.set(result.name, result);
}, 180_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function tarballOf(folder: string): Packed {
  const found = packed.get(manifestOf(folder).name);
  if (!found) throw new Error(`${folder} was not packed`);
  return found;
}

/** Doors of a package that have no types. */
function assetsOf(folder: string): string[] {
  // A thread of Node's is started by the door of @latentkit/node, which has types.
  if (folder !== 'packages/web') return [];
  return Object.keys(manifestOf(folder).exports).filter((door) => ASSETS.test(door));
}

let types: Promise<Types[]> | undefined;
/** How every package resolves; asked once. */
function typesOfAll(): Promise<Types[]> {
  types ??= checkTypes(
    FOLDERS.map((folder) => [join(scratch, tarballOf(folder).filename), assetsOf(folder)]),
  );
  return types;
}

describe.each(FOLDERS)('%s', (folder) => {
  test('says where it comes from, and holds its licence and a README', () => {
    const { name, version, license, keywords, homepage, bugs, repository } = manifestOf(folder);
    expect({ version, license, bugs }).toEqual({
      version: manifestOf('packages/core').version,
      license: 'MIT',
      bugs: 'https://github.com/latentkit/latentkit/issues',
    });
    expect(homepage).toContain(`/${folder}#readme`);
    expect(repository).toMatchObject({ type: 'git', directory: folder });
    expect((keywords as string[]).length).toBeGreaterThan(2);
    const paths = tarballOf(folder).files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(readFileSync(join(ROOT, folder, 'LICENSE'))).toEqual(
      readFileSync(join(ROOT, 'LICENSE')),
    );
    expect(readFileSync(join(ROOT, folder, 'README.md'), 'utf8')).toMatch(`# ${name}\n`);
    // Sources, tests and configuration stay at home.
    expect(paths.filter((path) => /\.test\.|^src\/|tsconfig/.test(path))).toEqual([]);
  });

  // The bundler numbers a class that names itself: DeviceError2. Of errors, debuggers and loggers show the class.
  test('builds errors with the names of their classes', () => {
    const dist = join(ROOT, folder, 'dist');
    const renamed = readdirSync(dist)
      .filter((name) => name.endsWith('.mjs'))
      .flatMap((name) =>
        [...readFileSync(join(dist, name), 'utf8').matchAll(/\b(\w+Error) ?= ?class \1\d+\b/g)].map(
          ([text]) => `${name}: ${text}`,
        ),
      );
    expect(renamed).toEqual([]);
  });

  test('is found well made by publint', async () => {
    expect(await lint(join(scratch, tarballOf(folder).filename))).toContain('All good!');
  });

  test('resolves, with the right types, for every kind of importer', async () => {
    const { entries, problems } = (await typesOfAll())[FOLDERS.indexOf(folder)]!;
    const doors = Object.keys(manifestOf(folder).exports);
    expect(entries).toEqual(doors.filter((door) => !assetsOf(folder).includes(door)));
    expect(problems).toEqual(
      (ONLY_ESM[folder] ?? []).map((door) => `CJSResolvesToESM ${door} node16-cjs`),
    );
  }, 120_000);
});

describe('what users install', () => {
  test('@latentkit/core is at most 600 KiB', () => {
    expect(installedSize(tarballOf('packages/core'))).toBeLessThanOrEqual(600 * 1024);
  });

  test('the packages of the command are at most 3 MB packed', () => {
    // Installed by those alone who explore, with the runtime for pages that it brings, or who serve, queue or keep a store.
    const peers = ['explorer', 'queue', 'serve', 'stores'];
    const apart = ['web', ...peers].map((name) => `packages/${name}`);
    const folders = FOLDERS.filter((folder) => !apart.includes(folder));
    for (const name of peers) {
      expect(manifestOf('packages/cli').dependencies).not.toHaveProperty(`@latentkit/${name}`);
    }
    const total = folders.reduce((sum, folder) => sum + tarballOf(folder).size, 0);
    expect(total).toBeLessThanOrEqual(3_000_000);
  });

  test('the page of the explorer comes without WebAssembly, which is in @latentkit/web', () => {
    const { files, size } = tarballOf('packages/explorer');
    expect(files.filter(({ path }) => path.endsWith('.wasm'))).toEqual([]);
    expect(files.map(({ path }) => path)).toContain('dist/page/index.html');
    expect(size).toBeLessThanOrEqual(600_000);
  });

  test.each(['core', 'node', 'web', 'onnx'])(
    '@latentkit/%s brings no TensorFlow.js, no sharp and no library of the command line',
    (name) => {
      const dependencies = Object.keys(manifestOf(`packages/${name}`).dependencies ?? {});
      const unwanted =
        /^(@tensorflow\/|sharp$|commander$|cli-progress$|@latentkit\/(?!core$|onnx$))/;
      expect(dependencies.filter((dependency) => unwanted.test(dependency))).toEqual([]);
    },
  );

  test.each([
    ['packages/core', ['valibot', 'pure-rand']],
    ['packages/web', ['onnxruntime-web', 'noble-hashes']],
  ])('%s holds the licences of what is compiled into it', (folder, names) => {
    const licences = tarballOf(folder).files.map(({ path }) => path);
    for (const name of names) {
      expect(licences).toContainEqual(expect.stringMatching(`^dist/licenses/${name}`));
    }
  });

  test.each(FOLDERS)('%s holds the licence of whatever is compiled into it', (folder) => {
    const licences = tarballOf(folder)
      .files.map(({ path }) => path)
      .filter((path) => path.startsWith('dist/licenses/'));
    const covered = licences.map((path) => path.replace(/^dist\/licenses\/(.*)-LICENSE.*$/, '$1'));
    // The explorer's page is a bundle of its own, of the libraries that its example depends on.
    if (folder === 'packages/explorer') {
      const page = Object.keys(manifestOf('examples/explorer').dependencies ?? {})
        .filter((name) => !name.startsWith('@latentkit/'))
        .map((name) => name.replace('@', '').replace('/', '-'));
      expect(covered).toEqual(expect.arrayContaining([...page, 'onnxruntime-web']));
      return;
    }
    expect(covered.sort()).toEqual(compiledInto(folder));
  });
});

test('a package with types of the wrong kind is found', async () => {
  const folder = join(scratch, 'wrong');
  mkdirSync(folder);
  const files = {
    'package.json': JSON.stringify({
      name: 'wrong-types',
      version: '1.0.0',
      type: 'module',
      exports: { '.': { types: './index.d.ts', require: './index.cjs', import: './index.js' } },
    }),
    'index.d.ts': 'export declare const one: number;',
    'index.js': 'export const one = 1;',
    'index.cjs': 'exports.one = 1;',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await run('npm', ['pack'], { cwd: folder });
  const tarball = join(folder, 'wrong-types-1.0.0.tgz');
  expect(await lint(tarball).catch(String)).not.toContain('All good!');
  const [found] = await checkTypes([[tarball, []]]);
  expect(found?.problems).toEqual(['FalseESM /node_modules/wrong-types/index.d.ts']);
});
