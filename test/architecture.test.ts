import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { folderCircles } from './folder-circles.ts';

/**
 * The directions in which packages may depend on each other are lint rules (the overrides of
 * biome.json). Here the rules meet small files that break them, and small files that do not.
 */
const ROOT = resolve(__dirname, '..');
const BIOME = join(
  dirname(createRequire(__filename).resolve('@biomejs/biome/package.json')),
  'bin/biome',
);

const FORBIDDEN: Record<string, readonly string[]> = {
  'packages/core/src': [
    '@latentkit/node',
    '@latentkit/onnx',
    '@tensorflow/tfjs-core',
    'onnxruntime-node',
    'onnxruntime-web/wasm',
    'node:fs',
    'node:fs/promises',
    'latentkit',
    '../../node/src/index.ts',
  ],
  'packages/node/src': [
    '@latentkit/web',
    '@latentkit/onnx',
    '@latentkit/tfjs-to-onnx',
    '@latentkit/training',
    '@tensorflow/tfjs-core',
    'onnxruntime-web',
    'onnxruntime-web/webgpu',
    'latentkit',
    '../../core/src/errors.ts',
  ],
  'packages/system/src': [
    '@latentkit/node',
    '@latentkit/onnx',
    '@latentkit/training',
    '@tensorflow/tfjs-core',
    'onnxruntime-web/wasm',
    'latentkit',
  ],
  'packages/oip/src': ['@latentkit/node', '@latentkit/system', 'node:fs', 'onnxruntime-node'],
  'packages/system/src/ort': ['@latentkit/core', 'node:module', 'node:fs/promises'],
  'packages/data/src': [
    '@latentkit/node',
    '@latentkit/training',
    '@tensorflow/tfjs-core',
    'onnxruntime-node',
    'onnxruntime-web/wasm',
    'latentkit',
  ],
  'packages/web/src': [
    '@latentkit/node',
    '@latentkit/system',
    '@latentkit/training',
    '@tensorflow/tfjs-core',
    'onnxruntime-node',
    'onnxruntime-web',
    'node:path',
    'latentkit',
  ],
  'packages/onnx/src': [
    '@latentkit/core',
    '@latentkit/system',
    '@latentkit/tfjs-to-onnx',
    '@tensorflow/tfjs-core',
    'onnxruntime-node',
    'latentkit',
  ],
  'packages/tfjs-to-onnx/src': [
    '@latentkit/core',
    '@latentkit/node',
    '@latentkit/system',
    '@latentkit/training',
    'latentkit',
  ],
  'packages/check/src': [
    '@latentkit/web',
    '@latentkit/data',
    '@latentkit/training',
    '@tensorflow/tfjs-core',
    'latentkit',
  ],
  'packages/explorer/src': [
    '@latentkit/web',
    '@latentkit/node',
    '@latentkit/training',
    'onnxruntime-web/wasm',
    'latentkit',
  ],
  'packages/queue/src': [
    '@latentkit/web',
    '@latentkit/oip',
    '@latentkit/training',
    'onnxruntime-node',
    'latentkit',
  ],
  'packages/serve/src': [
    '@latentkit/web',
    '@latentkit/data',
    '@latentkit/training',
    'onnxruntime-node',
    'latentkit',
  ],
  'packages/stores/src': ['@latentkit/node', '@latentkit/web', '@latentkit/training', 'latentkit'],
  'training/src': ['@latentkit/web', 'latentkit', '../../packages/core/src/index.ts'],
  'packages/cli/src': ['@latentkit/web', '@tensorflow/tfjs-core'],
};

const ALLOWED: Record<string, readonly string[]> = {
  'packages/core/src': ['valibot', 'pure-rand'],
  'packages/node/src': [
    '@latentkit/core',
    '@latentkit/oip',
    '@latentkit/core/runtime',
    '@latentkit/system',
    '@latentkit/system/ort',
    'onnxruntime-node',
    'node:fs',
  ],
  'packages/system/src': ['@latentkit/core', '@latentkit/core/runtime', 'sharp', 'node:fs'],
  'packages/oip/src': ['@latentkit/core', '@latentkit/core/runtime'],
  'packages/system/src/ort': ['onnxruntime-node'],
  'packages/data/src': [
    '@latentkit/core',
    '@latentkit/core/runtime',
    '@latentkit/system',
    '@latentkit/system/wasm',
    'sharp',
    'node:fs',
  ],
  'packages/web/src': [
    '@latentkit/core',
    '@latentkit/oip',
    '@latentkit/core/runtime',
    'onnxruntime-web/wasm',
    'onnxruntime-web/webgpu',
  ],
  'packages/onnx/src': ['onnx-proto', 'node:fs'],
  'packages/tfjs-to-onnx/src': [
    '@latentkit/onnx',
    '@latentkit/system/ort',
    '@tensorflow/tfjs-core',
  ],
  'packages/check/src': [
    '@latentkit/core',
    '@latentkit/node',
    '@latentkit/onnx',
    '@latentkit/system',
    '@latentkit/system/ort',
    'node:fs',
  ],
  'packages/explorer/src': [
    '@latentkit/core',
    '@latentkit/core/runtime',
    '@latentkit/data',
    '@latentkit/system',
    'node:fs',
  ],
  'packages/queue/src': [
    '@latentkit/core',
    '@latentkit/core/runtime',
    '@latentkit/data',
    '@latentkit/node',
    '@latentkit/system',
    'bullmq',
    'node:fs',
  ],
  'packages/serve/src': [
    '@latentkit/core',
    '@latentkit/oip',
    '@latentkit/core/runtime',
    '@latentkit/node',
    '@latentkit/system',
    'node:net',
  ],
  'packages/stores/src': [
    '@latentkit/core',
    '@latentkit/core/runtime',
    '@latentkit/data',
    '@latentkit/system',
    'libsql',
    'node:fs',
  ],
  'training/src': [
    '@latentkit/core',
    '@latentkit/data',
    '@latentkit/node',
    '@latentkit/onnx',
    '@latentkit/system',
    '@latentkit/tfjs-to-onnx',
    '@tensorflow/tfjs-core',
  ],
  'packages/cli/src': [
    '@latentkit/core',
    '@latentkit/data',
    '@latentkit/node',
    '@latentkit/system',
    '@latentkit/training',
    'node:fs',
  ],
};

interface Probe {
  readonly file: string;
  readonly folder: string;
  readonly specifier: string;
}

/** One file an import, static and dynamic by turns, since the rule must see both. */
function probes(kind: string, table: Record<string, readonly string[]>): Probe[] {
  return Object.entries(table).flatMap(([folder, specifiers]) =>
    specifiers.map((specifier, index) => ({
      file: `${folder}/${kind}-${index}.ts`,
      folder,
      specifier,
    })),
  );
}

function sourceOf({ specifier }: Probe, index: number): string {
  return index % 2 === 0
    ? `import * as it from '${specifier}';\n\nexport const used = it;\n`
    : `export const load = () => import('${specifier}');\n`;
}

/** Where circles of files are tried: the rule is that of all sources. */
const CIRCLED = ['training/src', 'examples/explorer/src', 'bench/src'];

/** Two circles of two files each, one of values and one of types. */
function circlesIn(root: string): Record<string, string> {
  return {
    [`${root}/cycle-a.ts`]: "import { b } from './cycle-b.ts';\n\nexport const a = () => b;\n",
    [`${root}/cycle-b.ts`]: "import { a } from './cycle-a.ts';\n\nexport const b = () => a;\n",
    [`${root}/type-a.ts`]: "import type { B } from './type-b.ts';\n\nexport type A = B | 1;\n",
    [`${root}/type-b.ts`]:
      "import type { A } from './type-a.ts';\n\nexport type B = readonly A[];\n",
  };
}

const forbidden = probes('forbidden', FORBIDDEN);
const allowed = probes('allowed', ALLOWED);

describe('the dependency rules of biome.json', () => {
  let folder: string;
  /** Rules broken, by file. */
  let found: Map<string, Set<string>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latentkit-architecture-'));
    const files: Record<string, string> = Object.fromEntries(
      [...forbidden, ...allowed].map((probe, index) => [probe.file, sourceOf(probe, index)]),
    );
    for (const root of CIRCLED) Object.assign(files, circlesIn(root));
    const config = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8')) as object;
    files['biome.json'] = JSON.stringify({ ...config, $schema: undefined, vcs: undefined });
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    found = await lint(folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(forbidden)('$folder must not import $specifier', ({ file }) => {
    expect([...(found.get(file) ?? [])]).toEqual(['lint/style/noRestrictedImports']);
  });

  test.each(allowed)('$folder may import $specifier', ({ file }) => {
    expect(found.get(file)).toBeUndefined();
  });

  test.each(CIRCLED.flatMap((root) => Object.keys(circlesIn(root))))(
    'files must not import each other in a circle, types counted: %s',
    (file) => {
      expect([...(found.get(file) ?? [])]).toEqual(['lint/suspicious/noImportCycles']);
    },
  );
});

async function lint(folder: string): Promise<Map<string, Set<string>>> {
  const report = await promisify(execFile)(
    process.execPath,
    [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none', '.'],
    { cwd: folder, maxBuffer: 2 ** 26 },
  ).then(
    () => {
      throw new Error('the linter found nothing wrong with files that break its rules');
    },
    (failure: { stdout: string }) => failure.stdout,
  );
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: { category: string; severity: string; location: { path: string } }[];
  };
  const found = new Map<string, Set<string>>();
  for (const { category, location } of diagnostics) {
    const file = location.path.replace(/^\.\//, '');
    found.set(file, (found.get(file) ?? new Set()).add(category));
  }
  return found;
}

describe('the folders of sources', () => {
  /** Read off the disk, so that a new package or example is looked at as well. */
  const ROOTS = [
    ...['packages', 'examples'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}/src`),
    ),
    'training/src',
    'bench/src',
  ].filter((root) => existsSync(join(ROOT, root)));

  test('are those of packages, training, examples and the bench', () => {
    const wanted = ['packages/core/src', 'training/src', 'examples/explorer/src', 'bench/src'];
    expect(ROOTS).toEqual(expect.arrayContaining(wanted));
  });

  test.each(ROOTS)('of %s form no circle, types counted, at any depth', (root) => {
    const circles = foldersUnder(join(ROOT, root)).flatMap(folderCircles);
    expect(circles).toEqual([]);
  });

  /** A family of files of one form may be long: one of many is found by its name. */
  const FAMILIES_OF_FILES = [
    'packages/cli/src/commands',
    'packages/onnx/src/passes',
    'packages/tfjs-to-onnx/src/kernels',
    'training/src/families',
  ];

  test('show at most 14 sources at one height, families of files aside', () => {
    const crowded = ROOTS.flatMap((root) => foldersUnder(join(ROOT, root)))
      .filter((folder) => sourcesIn(folder).length > 14)
      .map((folder) => relative(ROOT, folder));
    expect(crowded.filter((folder) => !FAMILIES_OF_FILES.includes(folder))).toEqual([]);
    expect(FAMILIES_OF_FILES.filter((folder) => !crowded.includes(folder))).toEqual([]);
  });

  test('the rule bites: a circle by way of a third folder, of a type, of a re-export', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latentkit-folders-'));
    try {
      const files = {
        'card/card.ts':
          "import type { Role } from '../roles/roles.ts';\nexport type Card = Role;\n",
        'roles/roles.ts': "export type { Role } from '../graphs/graph.ts';\n",
        'graphs/graph.ts': "export const load = () => import('../card/card.ts');\n",
        'ground.ts': "import './card/card.ts';\n",
        'errors/error.ts': 'export const error = 1;\n',
        'errors/error.test.ts': "import '../ground.ts';\n",
      };
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      expect(folderCircles(folder).map((circle) => circle.sort())).toEqual([
        ['card', 'graphs', 'roles'],
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('what models in workers take', () => {
  /** Once in core, and of node and web only how a worker is started, spoken to and ended. */
  const ROOMS = ['packages/core/src/remote', 'packages/node/src/worker', 'packages/web/src/worker'];
  const AT_MOST = 320;

  const linesIn = (folder: string) =>
    sourcesIn(folder)
      .map((name) => codeLines(readFileSync(join(folder, name), 'utf8')))
      .reduce((sum, lines) => sum + lines, 0);

  test(`is at most ${AT_MOST} lines of code in core, node and web together`, () => {
    const lines = ROOMS.map((room) => linesIn(join(ROOT, room)));
    expect(Math.min(...lines)).toBeGreaterThan(0);
    expect(lines.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(AT_MOST);
  });

  test('the count bites: code in a string, behind a comment, in a file of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latentkit-lines-'));
    try {
      const code =
        "import { a } from './a.ts';\n\n/**\n * Why.\n */\nexport const b = a;\n// Why.\n";
      await writeFile(join(folder, 'b.ts'), code);
      await writeFile(join(folder, 'b.test.ts'), 'it();\n'.repeat(AT_MOST));
      expect(linesIn(folder)).toBe(1);
      await writeFile(join(folder, 'c.ts'), "/* is */ call('//');\n".repeat(AT_MOST));
      expect(linesIn(folder)).toBe(1 + AT_MOST);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Lines with code on them: neither blank, nor a comment alone, nor part of an import. */
function codeLines(source: string): number {
  const bare = source
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/^import .*?;$/gms, '')
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/.*)?$/.test(line));
  return bare.length;
}

function foldersUnder(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return [folder, ...inside.flatMap((entry) => foldersUnder(join(folder, entry.name)))];
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /(?<!\.test|\.cases|\.d)\.ts$/.test(name));
}
