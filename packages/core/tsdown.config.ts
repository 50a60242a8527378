import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { defineConfig } from 'tsdown';
import { leanerMaps } from '../../scripts/leaner-maps.ts';

/**
 * Compiled into the package: to find and parse their own files would take a tenth of the time that a
 * process needs to its first embedding. The declarations still name valibot's.
 */
const COMPILED_IN = /^(valibot|pure-rand)(\/|$)/;
const LICENSES = ['valibot/LICENSE.md', 'pure-rand/LICENSE'];

const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/** Declarations go through the same build. */
const IS_CODE = /(?<!\.d)\.[cm]?[jt]s$/;

/**
 * Small to install and quick to parse, yet with the names and the short lines that traces of errors show. CommonJS, a
 * second copy of everything, keeps the names of functions and classes alone.
 */
const compact = {
  name: 'compact',
  async renderChunk(code: string, { fileName }: { readonly fileName: string }) {
    if (!/\.[cm]js$/.test(fileName)) return null;
    return transform(code, {
      minifyWhitespace: true,
      minifySyntax: true,
      minifyIdentifiers: fileName.endsWith('.cjs'),
      keepNames: fileName.endsWith('.cjs'),
      lineLimit: 250,
      target: 'es2023',
      sourcemap: 'external',
      sourcefile: fileName,
    });
  },
};

/** The same of the declarations, which those of CommonJS are only once they are written. */
async function compactDeclarations(): Promise<void> {
  const folder = join(import.meta.dirname, 'dist');
  for (const name of await readdir(folder)) {
    if (!/\.d\.[cm]ts$/.test(name)) continue;
    const code = await readFile(join(folder, name), 'utf8');
    const compacted = code
      .replaceAll(/^\/\/#(end)?region.*\n/gm, '')
      .replaceAll(/^( {2})+/gm, (indent) => '\t'.repeat(indent.length / 2))
      // A text of several lines begins and ends on its own.
      .replaceAll(/\/\*\*\n\t* \* /g, '/** ')
      .replaceAll(/\n\t* \*\/$/gm, ' */');
    // Programs with the libraries that browsers' projects name have no Symbol.asyncDispose.
    const library = code.includes('Symbol.asyncDispose') ? DISPOSABLE : '';
    await writeFile(join(folder, name), library + compacted);
  }
}

/** Of what is compiled in, the maps name the sources, which others publish. */
async function withoutForeignSources(): Promise<void> {
  const folder = join(import.meta.dirname, 'dist');
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.mjs.map')) continue;
    const map = JSON.parse(await readFile(join(folder, name), 'utf8'));
    map.sourcesContent = map.sourcesContent.map((text: string, i: number) =>
      map.sources[i].includes('/node_modules/') ? null : text,
    );
    await writeFile(join(folder, name), JSON.stringify(map));
  }
}

export default defineConfig({
  entry: { index: 'src/index.ts', runtime: 'src/runtime.ts', testing: 'src/testing/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  hooks: { 'build:done': leanerMaps },
  fixedExtension: true,
  plugins: [compact],
  async onSuccess() {
    await compactDeclarations();
    await withoutForeignSources();
  },
  // The text of the sources is in the maps of one of the two copies.
  outputOptions: (options, format) => ({
    ...options,
    sourcemapExcludeSources: format === 'cjs',
    // What the doors share, in one file: each further one takes half a millisecond of the start of a process.
    codeSplitting: { groups: [{ name: 'shared', test: IS_CODE, minShareCount: 2 }] },
  }),
  // Would print the chunks anew.
  minify: false,
  deps: {
    alwaysBundle: (id, importer) => COMPILED_IN.test(id) && !importer?.endsWith('.d.ts'),
    onlyBundle: ['valibot', 'pure-rand'],
  },
  copy: LICENSES.map((file) => ({
    from: `../../node_modules/${file}`,
    to: 'dist/licenses',
    rename: file.replace('/', '-'),
  })),
});
