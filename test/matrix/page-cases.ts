import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserKind, FIREFOX } from '../browser/browser-kinds.ts';
import { findFirefox } from '../browser/firefox.ts';
import { startServer } from '../browser/static-server.ts';
import type { ConsumerProject } from '../consumers/consumer-project.ts';
import { PAGE_APP, pageFault, pageOf } from '../consumers/page-app.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { bundlerProject } from './bundle-cases.ts';
import { expectNone, type MatrixCase, Unavailable, type Workshop } from './case.ts';
import { type Tool, toolVersions } from './tools.ts';

const WEB = 'node_modules/@latentkit/web/dist';
const CONSUMERS = join(import.meta.dirname, '../consumers');
const DOES = 'embeds in Chromium: inline, in a worker, in a worker with threads';

/** Those of ONNX Runtime and the worker, for bundlers that place no files that code refers to by address. */
async function placeFiles(project: ConsumerProject, out: string): Promise<void> {
  for (const file of ['worker.mjs', 'ort-wasm-simd-threaded.wasm']) {
    await project.copy(`${WEB}/${file}`, `${out}/${file}`);
  }
}

async function scriptOf(project: ConsumerProject, name: string, ...args: string[]) {
  await project.write(name, await readFile(join(CONSUMERS, name)));
  await project.node(name, ...args);
}

/** Bundles src/app.js into a folder with an index.html. */
interface Bundle {
  readonly name: string;
  readonly tool: Tool;
  bundle(project: ConsumerProject, out: string): Promise<void>;
}

const BUNDLES: readonly Bundle[] = [
  {
    name: 'Vite, build',
    tool: 'vite',
    bundle: async (project, out) => {
      const flags = ['--outDir', out, '--logLevel', 'warn'];
      await project.node('node_modules/vite/bin/vite.js', 'build', ...flags);
    },
  },
  {
    name: 'webpack',
    tool: 'webpack',
    bundle: async (project, out) => {
      await scriptOf(project, 'bundle-with-webpack.mjs', out);
      await project.write(`${out}/index.html`, pageOf('./app.mjs'));
    },
  },
  {
    name: 'Rspack',
    tool: '@rspack/core',
    bundle: async (project, out) => {
      await project.write(
        'rspack.page.mjs',
        `import { rspack } from '@rspack/core';
import { resolve } from 'node:path';
const output = { path: resolve(process.argv[2]), filename: 'app.mjs', publicPath: 'auto' };
rspack({ mode: 'production', entry: './src/app.js', output }, (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(error ?? stats.toString({ all: false, errors: true }));
  process.exitCode = 1;
});`,
      );
      await project.node('rspack.page.mjs', out);
      await project.write(`${out}/index.html`, pageOf('./app.mjs'));
    },
  },
  {
    name: 'Rollup',
    tool: 'rollup',
    bundle: async (project, out) => {
      await project.write(
        'rollup.page.mjs',
        `import { rollup } from 'rollup';
import resolve from '@rollup/plugin-node-resolve';
const bundle = await rollup({ input: 'src/app.js', plugins: [resolve({ browser: true })] });
await bundle.write({ dir: process.argv[2], format: 'es', entryFileNames: '[name].mjs' });
await bundle.close();`,
      );
      await project.node('rollup.page.mjs', out);
      await placeFiles(project, out);
      await project.write(`${out}/index.html`, pageOf('./app.mjs'));
    },
  },
  {
    name: 'Parcel',
    tool: 'parcel',
    bundle: async (project, out) => {
      // The names within the worker's script do not survive Parcel: it is placed as it is, and named.
      const placed =
        "worker: () => new Worker(new URL('/worker.mjs', location), { type: 'module' })";
      const named = PAGE_APP.replaceAll("execution: 'worker'", `execution: 'worker', ${placed}`);
      await project.write('src/app.js', named);
      // Parcel 2 reads no `exports` unless it is told to.
      const manifest = JSON.parse(await readFile(join(project.folder, 'package.json'), 'utf8'));
      manifest['@parcel/resolver-default'] = { packageExports: true };
      await project.write('package.json', JSON.stringify(manifest));
      const flags = ['--dist-dir', out, '--no-cache', '--log-level', 'error'];
      await project.node('node_modules/parcel/lib/bin.js', 'build', 'index.html', ...flags);
      await placeFiles(project, out);
    },
  },
  {
    name: 'esbuild, for a page',
    tool: 'esbuild',
    bundle: async (project, out) => {
      await project.write(
        'esbuild.page.mjs',
        `import { build } from 'esbuild';
await build({
  ...{ entryPoints: ['src/app.js'], outdir: process.argv[2], bundle: true, splitting: true, format: 'esm' },
  ...{ entryNames: '[name]', outExtension: { '.js': '.mjs' }, logLevel: 'error' },
});`,
      );
      await project.node('esbuild.page.mjs', out);
      await placeFiles(project, out);
      await project.write(`${out}/index.html`, pageOf('./app.mjs'));
    },
  },
];

async function pageProject(workshop: Workshop): Promise<ConsumerProject> {
  const project = await bundlerProject(workshop);
  await project.write('src/app.js', PAGE_APP);
  await project.write('index.html', pageOf('./src/app.js'));
  return project;
}

const bundled = BUNDLES.map(
  (made): MatrixCase => ({
    name: made.name,
    group: 'Pages',
    does: DOES,
    tools: toolVersions(made.tool),
    run: (workshop) => openBundled(made, workshop),
  }),
);

async function openBundled(
  { name, bundle }: Bundle,
  workshop: Workshop,
  kind?: BrowserKind,
): Promise<void> {
  const project = await pageProject(workshop);
  const out = `pages/${name.toLowerCase().replaceAll(/\W+/g, '-')}`;
  await bundle(project, out);
  await expectPage(workshop, join(project.folder, out), { kind });
}

/** Serves a folder beside the model, and opens it. */
export async function expectPage(
  workshop: Workshop,
  folder: string,
  { html, kind }: { readonly html?: string; readonly kind?: BrowserKind | undefined } = {},
): Promise<void> {
  const server = await startServer({
    mounts: {
      '/models/tiny/': tinyModel().files,
      ...(html === undefined
        ? { '/': folder }
        : { '/': { 'index.html': new TextEncoder().encode(html) }, '/files/': folder }),
    },
  });
  try {
    expectNone(await pageFault(await workshop.browser(kind), server.origin));
  } finally {
    await server.close();
  }
}

const viteDev: MatrixCase = {
  name: 'Vite, development server',
  group: 'Pages',
  does: DOES,
  tools: toolVersions('vite'),
  async run(workshop) {
    const project = await pageProject(workshop);
    const name = 'serve-with-vite.mjs';
    await project.write(name, await readFile(join(CONSUMERS, name)));
    const server = spawn(process.execPath, [name], { cwd: project.folder });
    try {
      const ended = once(server, 'exit').then(([code]) => {
        throw new Error(`the server ended with code ${code}`);
      });
      const [line] = (await Promise.race([once(server.stdout, 'data'), ended])) as [Buffer];
      const opened = pageFault(await workshop.browser(), String(line).trim());
      expectNone(await Promise.race([opened, ended]));
    } finally {
      server.kill();
    }
  },
};

const noBundler: MatrixCase = {
  name: 'no bundler: an import map',
  group: 'Pages',
  does: DOES,
  run: openUnbundled,
};

async function openUnbundled(workshop: Workshop, kind?: BrowserKind): Promise<void> {
  const { folder } = await bundlerProject(workshop);
  const at = (name: string) => `/files/${name}.mjs`;
  const imports = {
    '@latentkit/web': at('web/dist/index'),
    '@latentkit/core': at('core/dist/index'),
    '@latentkit/core/runtime': at('core/dist/runtime'),
  };
  const script = `data:text/javascript;base64,${Buffer.from(PAGE_APP).toString('base64')}`;
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const scope = join(folder, 'node_modules/@latentkit');
  await expectPage(workshop, scope, { html: pageOf(script, map), kind });
}

function firefoxCase(
  { name, tools = {} }: MatrixCase,
  open: (workshop: Workshop, kind: BrowserKind) => Promise<void>,
): MatrixCase {
  const find = () => {
    const found = findFirefox();
    if ('missing' in found) throw new Unavailable(found.missing);
    return found;
  };
  return {
    name: `${name}, in Firefox`,
    group: 'Pages',
    does: DOES.replace('Chromium', 'Firefox'),
    tools,
    here: () => `Firefox ${find().version}`,
    async run(workshop) {
      find();
      await open(workshop, FIREFOX);
    },
  };
}

const inFirefox = [
  ...BUNDLES.map((made, i) =>
    firefoxCase(bundled[i] as MatrixCase, (...where) => openBundled(made, ...where)),
  ),
  firefoxCase(noBundler, openUnbundled),
];

export const pageCases = [...bundled, viteDev, noBundler, ...inFirefox];
