import { EMBED_SCRIPTS, embedFault } from '../consumers/embed-script.ts';
import { runProcess } from '../node-runtime/run-script.ts';
import { expectNone, type MatrixCase, type Workshop } from './case.ts';
import { type Tool, toolVersions } from './tools.ts';

export const BUNDLERS = [
  'esbuild',
  'webpack',
  'rollup',
  '@rspack/core',
  '@rollup/plugin-node-resolve',
  '@rollup/plugin-commonjs',
  'vite',
  'parcel',
] as const satisfies readonly Tool[];

/** The project that bundles are made in: all that a bundler may be pointed at. */
export function bundlerProject(workshop: Workshop) {
  return workshop.project('bundlers', ['core', 'node', 'web'], {
    dependencies: toolVersions(...BUNDLERS),
  });
}

type Format = 'esm' | 'cjs';

/** A program that bundles src.mjs into the file that is its argument. */
const WEBPACK_LIKE = (bundler: string, format: Format) => `
import bundler from '${bundler}';
import { basename, dirname, resolve } from 'node:path';
const run = bundler.rspack ?? bundler;
const [out] = process.argv.slice(2);
run({
  mode: 'production',
  target: 'node',
  entry: './src.mjs',
  output: {
    path: resolve(dirname(out)),
    filename: basename(out),
    ${format === 'esm' ? "module: true, chunkFormat: 'module', library: { type: 'module' }," : ''}
  },
  ${format === 'esm' ? 'experiments: { outputModule: true },' : ''}
}, (error, stats) => {
  if (error || stats.hasErrors()) {
    console.error(error ?? stats.toString({ all: false, errors: true }));
    process.exitCode = 1;
  }
});
`;

const SCRIPTS: Record<string, (format: Format) => string> = {
  esbuild: (format) => `
import { build } from 'esbuild';
const [outfile] = process.argv.slice(2);
await build({ entryPoints: ['src.mjs'], outfile, bundle: true, platform: 'node', format: '${format}', logLevel: 'error' });
`,
  webpack: (format) => WEBPACK_LIKE('webpack', format),
  '@rspack/core': (format) => WEBPACK_LIKE('@rspack/core', format),
  rollup: (format) => `
import { rollup } from 'rollup';
import resolve from '@rollup/plugin-node-resolve';
import commonjs from '@rollup/plugin-commonjs';
const [file] = process.argv.slice(2);
const bundle = await rollup({ input: 'src.mjs', plugins: [resolve({ exportConditions: ['node'] }), commonjs()] });
await bundle.write({ file, format: '${format}', inlineDynamicImports: true });
await bundle.close();
`,
};

export const bundleCases = Object.entries(SCRIPTS).flatMap(([bundler, script]) =>
  (['esm', 'cjs'] as const).map(
    (format): MatrixCase => ({
      name: `${bundler.replace(/^@|\/.*/g, '')}, ${format === 'esm' ? 'ESM' : 'CommonJS'}`,
      group: 'Bundles for Node',
      does: 'one file without configuration; embeds inline and on worker threads',
      tools: toolVersions(bundler as Tool),
      async run(workshop) {
        const project = await bundlerProject(workshop);
        const name = `${bundler.replaceAll(/\W/g, '')}-${format}`;
        const out = `node-bundles/${name}.${format === 'esm' ? 'mjs' : 'cjs'}`;
        await project.write('src.mjs', EMBED_SCRIPTS['esm.mjs']);
        await project.write(`${name}.build.mjs`, script(format));
        await project.node(`${name}.build.mjs`, out);
        expectNone(embedFault(await runProcess({ args: [out], cwd: project.folder })));
      },
    }),
  ),
);
