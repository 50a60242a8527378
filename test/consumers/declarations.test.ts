import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { manifestOf, publishedFolders } from '../../scripts/published.ts';

const require = createRequire(__filename);
const ROOT = resolve(__dirname, '../..');
const TSC = join(dirname(require.resolve('typescript-native/package.json')), 'bin/tsc');

type Target = string | { [condition: string]: Target };

/** Every declaration file that an entry of a package's `exports` names. */
function declarationsOf(folder: string): string[] {
  const { exports = {} } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as {
    exports?: Target;
  };
  const files = (target: Target): string[] =>
    typeof target === 'string' ? [target] : Object.values(target).flatMap(files);
  const found = files(exports).filter((file) => /\.d\.[cm]?ts$/.test(file));
  return [...new Set(found)].map((file) => join(ROOT, folder, file));
}

/** What the compiler says of declarations without skipLibCheck, by whose files it says it. */
function errorsIn(files: readonly string[]): { ours: string[]; others: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-declarations-'));
  try {
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          noEmit: true,
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          target: 'es2023',
          lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'],
          module: 'nodenext',
          types: ['node'],
          typeRoots: [join(ROOT, 'node_modules/@types')],
        },
        files,
      }),
    );
    const { stdout } = spawnSync(process.execPath, [TSC, '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
      cwd: ROOT,
    });
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
    const isOthers = (line: string) => line.includes('node_modules/');
    return { ours: errors.filter((line) => !isOthers(line)), others: errors.filter(isOthers) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Those whose declarations name types of tfjs, and core with its doors; consumers.test.ts compiles the others
 * as users install them.
 */
const PACKAGES = ['packages/core', 'packages/tfjs-to-onnx', 'training'];

describe('declarations compile without skipLibCheck', () => {
  // By one run of the compiler: most of its time goes into the types of tfjs and of the DOM.
  test(PACKAGES.join(', '), () => {
    const files = PACKAGES.map(declarationsOf);
    for (const each of files) expect(each.length).toBeGreaterThan(1);
    const { ours, others } = errorsIn(files.flat());
    expect(ours).toEqual([]);
    // tfjs-layers 4.22 has errors of its own, and tfjs-core brings types of WebGPU that the DOM now has as well.
    const strangers = others.filter(
      (line) => !/node_modules\/(@tensorflow|@webgpu|@typescript)\//.test(line),
    );
    expect(strangers).toEqual([]);
  });

  test('an error in one of them is found, and is ours', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latentkit-broken-'));
    try {
      const broken = join(folder, 'index.d.mts');
      writeFileSync(
        broken,
        "import type { Nothing } from './nowhere.mjs';\nexport type A = Nothing;\n",
      );
      expect(errorsIn([broken]).ours).toEqual([expect.stringContaining('TS2307')]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test.each(publishedFolders())(
  'typed arrays of %s are not generic, which TypeScript before 5.7 does not know',
  (folder) => {
    const dist = join(ROOT, folder, 'dist');
    const files = readdirSync(dist).filter((file) => /\.d\.[cm]?ts$/.test(file));
    const generic = files.flatMap(
      (file) =>
        readFileSync(join(dist, file), 'utf8').match(
          /\b(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array</g,
        ) ?? [],
    );
    expect(files.length).toBeGreaterThan(0);
    expect(generic).toEqual([]);
  },
);

/** The packages that declarations import from, or declare modules of. */
function packagesNamedIn(text: string): string[] {
  const named = text.matchAll(/(?:\bfrom|\bimport\(|\bdeclare module) ?["']([^."'][^"']*)["']/g);
  return [...named].map(([, name]) => /^(@[^/]+\/)?[^/]+/.exec(name!)![0].replace(/^node:/, ''));
}

describe('declarations name only what their package installs', () => {
  test.each(publishedFolders())('%s', (folder) => {
    const { name, dependencies, peerDependencies } = manifestOf(folder);
    const known = [
      name,
      ...builtinModules,
      ...Object.keys({ ...dependencies, ...(peerDependencies as object) }),
    ];
    const dist = join(ROOT, folder, 'dist');
    const files = readdirSync(dist).filter((file) => /\.d\.[cm]ts$/.test(file));
    expect(files.length).toBeGreaterThan(0);
    const strangers = files.flatMap((file) =>
      packagesNamedIn(readFileSync(join(dist, file), 'utf8')).filter(
        (named) => !known.includes(named),
      ),
    );
    expect([...new Set(strangers)]).toEqual([]);
  });

  test('whatever the form', () => {
    const text = `import { a } from "a/b"; export * from '@c/d/e'; type F = import("f").F;
declare module 'g' {} import { H } from "./h.mjs"; import i from 'node:fs';`;
    expect(packagesNamedIn(text)).toEqual(['a', '@c/d', 'f', 'g', 'fs']);
  });
});
