import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHROMIUM, type OpenBrowser } from '../browser/browser-kinds.ts';
import { startServer } from '../browser/static-server.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { someOf } from '../setup/tier.ts';
import { type ConsumerProject, createConsumer } from './consumer-project.ts';
import { PAGE_APP, pageFault, pageOf } from './page-app.ts';
import { typedProgram } from './typed-program.ts';

const require = createRequire(__filename);
const toolIn = (name: string, path: string) =>
  join(dirname(require.resolve(`${name}/package.json`)), path);
const VITE = toolIn('vite', 'bin/vite.js');
const ESBUILD = toolIn('esbuild', 'bin/esbuild');
const TSC = toolIn('typescript', 'bin/tsc');
const VITE_SERVER = join(__dirname, 'serve-with-vite.mjs');
const WEBPACK = join(__dirname, 'bundle-with-webpack.mjs');

const PACKAGES = ['core', 'node', 'web'];
const WEB = 'node_modules/@latentkit/web/dist';

/** A slow machine that does other things meanwhile takes half a minute to bundle and minimise. */
const BUNDLING_MS = 180_000;

let project: ConsumerProject;
let browser: OpenBrowser;

beforeAll(async () => {
  project = await createConsumer(PACKAGES);
  browser = await CHROMIUM.launch();
  await project.write('src/app.js', PAGE_APP);
  await project.write('index.html', pageOf('./src/app.js'));
}, BUNDLING_MS);

afterAll(async () => {
  await browser?.close();
  await project?.remove();
});

describe('a page bundled by', () => {
  const bundlers: readonly [string, (out: string) => Promise<void>][] = [
    [
      'vite',
      async (out) => {
        await project.node(VITE, 'build', '--outDir', out, '--logLevel', 'warn');
      },
    ],
    [
      'webpack',
      async (out) => {
        await project.node(WEBPACK, out);
        await project.write(`${out}/index.html`, pageOf('./app.mjs'));
      },
    ],
    [
      'esbuild',
      async (out) => {
        // esbuild neither follows workers nor copies assets: both are copied.
        await project.node(
          ESBUILD,
          'src/app.js',
          '--bundle',
          '--splitting',
          '--format=esm',
          '--entry-names=[name]',
          '--out-extension:.js=.mjs',
          `--outdir=${out}`,
          '--log-level=error',
        );
        for (const file of ['worker.mjs', 'ort-wasm-simd-threaded.wasm']) {
          await project.copy(`${WEB}/${file}`, `${out}/${file}`);
        }
        await project.write(`${out}/index.html`, pageOf('./app.mjs'));
      },
    ],
  ];
  // webpack takes longest by far, and finds workers and assets as vite does.
  test.each(someOf('bundlers', bundlers, ([name]) => name !== 'webpack'))(
    '%s runs in Chromium, inline, in a worker, and with threads',
    async (name, bundle) => {
      const out = `dist-${name}`;
      await bundle(out);
      const server = await startServer({
        mounts: { '/': resolve(project.folder, out), '/models/tiny/': tinyModel().files },
      });
      try {
        expect(await pageFault(browser, server.origin)).toBeUndefined();
        // A model on the processor costs nobody the download of the other runtime.
        expect(server.requests.filter((path) => /asyncify/.test(path))).toEqual([]);
      } finally {
        await server.close();
      }
    },
    BUNDLING_MS,
  );
});

test(
  "a page on vite's development server runs too",
  async () => {
    for (const [name, bytes] of Object.entries(tinyModel().files)) {
      await project.write(`public/models/tiny/${name}`, bytes);
    }
    const server = spawn(process.execPath, [VITE_SERVER], { cwd: project.folder });
    try {
      const ended = once(server, 'exit').then(([code]) => {
        throw new Error(`the server ended with code ${code}`);
      });
      const [line] = (await Promise.race([once(server.stdout, 'data'), ended])) as [Buffer];
      const fault = await Promise.race([pageFault(browser, String(line).trim()), ended]);
      expect(fault).toBeUndefined();
    } finally {
      server.kill();
    }
  },
  BUNDLING_MS,
);

/** Each door with one thing that is behind it. */
const DOORS = [
  ['core', 'InputError'],
  ['core/runtime', 'loadAutoencoder'],
  ['core/testing', 'fakeAutoencoder'],
  ['node', 'loadAutoencoder'],
  ['web', 'loadAutoencoder'],
  ['web/wasm', 'loadAutoencoder'],
  ['web/webgpu', 'loadAutoencoder'],
];

describe('in Node', () => {
  test.each(DOORS)(
    '@latentkit/%s is there for import and for require, in silence',
    async (name, thing) => {
      const code = (load: string) => `${load}; console.log(typeof lib.${thing})`;
      const esm = await project.node(
        '--input-type=module',
        '-e',
        code(`import * as lib from '@latentkit/${name}'`),
      );
      const cjs = await project.node('-e', code(`const lib = require('@latentkit/${name}')`));
      const wanted = { stdout: 'function\n', stderr: '' };
      expect(esm).toEqual(wanted);
      expect(cjs).toEqual(wanted);
    },
  );

  test("the tests in core's README pass", async () => {
    const readme = await readFile(resolve(__dirname, '../../packages/core/README.md'), 'utf8');
    const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code);
    const example = examples.find((code) => code.includes('node:test')) ?? '';
    await project.write('readme.test.mjs', example);
    const { stdout } = await project.node('--test', '--test-reporter=tap', 'readme.test.mjs');
    expect(stdout).toMatch(/^# pass 2$/m);
  });

  test('an error of the CommonJS build is recognised by the ES module', async () => {
    const { stdout } = await project.node(
      '--input-type=module',
      '-e',
      `import { createRequire } from 'node:module';
       import { LatentkitError } from '@latentkit/core';
       const cjs = createRequire(import.meta.url)('@latentkit/core');
       const error = new cjs.InputError('a', 'b', 'c');
       console.log(error instanceof LatentkitError, LatentkitError.isInstance(error));`,
    );
    expect(stdout).toBe('false true\n');
  });
});

describe('the types', () => {
  const coreSource = `
import type { Autoencoder, Tensor } from '@latentkit/core';
import { loadAutoencoder, type ModelSource, type Platform } from '@latentkit/core/runtime';
import { fakeAutoencoder } from '@latentkit/core/testing';
export const load = (platform: Platform, source: ModelSource): Promise<Autoencoder<'point'>> =>
  loadAutoencoder(platform, source, { latent: 'point' });
export async function indices(items: Float32Array): Promise<Tensor<'int32'>> {
  const latent = { kind: 'codes', size: 4, grid: [1, 2], codes: 8, dim: 2 } as const;
  const vae = await fakeAutoencoder({ latent });
  return (await vae.encoder.encode(items)).indices;
}
`;
  const wrong = `${typedProgram('web')}
loadAutoencoder('model', { device: 'cuda' });
loadAutoencoder('model', { latent: 'point' }).then(async ({ encoder }) => (await encoder.encode(new Float32Array(4))).mean);
`;

  test.each([
    { resolution: 'bundler', files: ['web.mts', 'node.mts', 'core.mts'] },
    {
      resolution: 'node16',
      files: ['web.mts', 'node.mts', 'core.mts', 'web.cts', 'node.cts', 'core.cts'],
    },
  ])('resolve with moduleResolution $resolution', async ({ resolution, files }) => {
    const folder = `types-${resolution}`;
    for (const file of files) {
      const [name = ''] = file.split('.');
      await project.write(`${folder}/${file}`, name === 'core' ? coreSource : typedProgram(name));
    }
    await project.write(`${folder}/wrong.mts`, wrong);
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: 'es2022',
      lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
      // A user of Node has its types; no package of ours brings them.
      typeRoots: [dirname(dirname(require.resolve('@types/node/package.json')))],
      types: ['node'],
      module: resolution === 'bundler' ? 'esnext' : resolution,
      moduleResolution: resolution,
      // Our declarations are checked by the package's own typecheck; those of the browser take long.
      skipLibCheck: true,
    };
    await project.write(
      `${folder}/tsconfig.json`,
      JSON.stringify({ compilerOptions, files: [...files, 'wrong.mts'] }),
    );
    const complaint = await project.node(TSC, '-p', folder).then(
      () => '',
      (error) => String(error.message),
    );
    const errors = complaint.match(/^.*error TS.*(\n +.*)*/gm) ?? [];
    expect(errors).toEqual([
      expect.stringMatching(/wrong\.mts[\s\S]*'"cuda"' is not assignable/),
      expect.stringMatching(/wrong\.mts.*'mean' does not exist/),
    ]);
  });
});
