import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Rolldown } from 'tsdown';
import { ORT_FILES } from './src/ort/ort-files.ts';

const require = createRequire(import.meta.url);

/** The path of a file of the installed ONNX Runtime, if it is the one that the sources name. */
function installed({ name, sha256 }: { name: string; sha256: string }): string {
  const path = require.resolve(`onnxruntime-web/${name}`);
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== sha256) {
    throw new Error(
      `${name} has the sha256 ${found}: write it, and its size, into src/ort/ort-files.ts`,
    );
  }
  return path;
}

/**
 * Compiled into the package. ONNX Runtime, with its WebAssembly beside it, so that pages find all files without
 * a bundler or with any: a worker's script must need no other one, and a file in another package has no address
 * that all bundlers know.
 */
const COMPILED_IN = ['onnxruntime-web', '@noble/hashes', '@latentkit/oip'];

const OIP = '@latentkit/oip';

/** The package of ONNX Runtime holds no licence: its text is kept here. */
const LICENSES = [
  { from: 'licenses/onnxruntime-web-LICENSE', to: 'dist/licenses' },
  {
    from: join(dirname(require.resolve('@noble/hashes/sha2')), 'LICENSE'),
    to: 'dist/licenses',
    rename: 'noble-hashes-LICENSE',
  },
];

const shared = {
  platform: 'browser',
  target: 'es2023',
  sourcemap: true,
  fixedExtension: true,
  deps: { onlyBundle: COMPILED_IN },
} as const;

/**
 * ONNX Runtime asks for its script's address in order to find files beside it and to start threads. Its files
 * are given to it, and its threads are for workers, where the address is this one.
 */
const ortAddress = {
  name: 'ort-address',
  transform(code: string, id: string) {
    if (!/[\\/]onnxruntime-web[\\/]/.test(id)) return undefined;
    return { code: code.replaceAll('import.meta.url', 'globalThis.location?.href'), map: null };
  },
};

/**
 * The code for models at servers is a file of its own, whatever it shares with the rest: bundlers put what two scripts
 * share into a third, whose lists of names every page would load.
 */
const oipApart = (extension: 'mjs' | 'cjs') => ({
  name: 'oip-apart',
  resolveId: (id: string) => (id === OIP ? { id: `./oip.${extension}`, external: true } : null),
});

/**
 * ONNX Runtime declares its modules for everybody who sees its types. None of them is behind a door of ours, and
 * users have neither its packages nor a use for that.
 */
const noOrtTypes = {
  name: 'no-ort-types',
  transform: {
    order: 'pre',
    handler: (_: string, id: string) =>
      /[\\/]onnxruntime-web[\\/]types\.d\.ts/.test(id)
        ? { code: 'export {};', map: null }
        : undefined,
  },
} as const;

/** The plugins of a configuration are not asked for the declarations of CommonJS; its options are. */
const withoutOrtTypes = (options: Rolldown.InputOptions): Rolldown.InputOptions => ({
  ...options,
  plugins: [options.plugins, noOrtTypes],
});

const doors = { index: 'src/index.ts', wasm: 'src/wasm.ts', webgpu: 'src/webgpu.ts' };

export default defineConfig([
  {
    ...shared,
    entry: doors,
    format: 'esm',
    dts: true,
    plugins: [ortAddress, oipApart('mjs')],
    inputOptions: withoutOrtTypes,
    copy: [
      ...Object.values(ORT_FILES).map((file) => ({ from: installed(file), to: 'dist' })),
      ...LICENSES,
    ],
  },
  {
    ...shared,
    entry: doors,
    format: 'cjs',
    dts: true,
    clean: false,
    // A CommonJS module in a browser has no address (doors/).
    define: { 'import.meta.url': 'undefined' },
    plugins: [ortAddress, oipApart('cjs')],
    inputOptions: withoutOrtTypes,
  },
  ...(['esm', 'cjs'] as const).map((format) => ({
    ...shared,
    entry: { oip: fileURLToPath(import.meta.resolve(OIP)) },
    format,
    dts: false,
    clean: false,
    minify: true,
    deps: { alwaysBundle: [/./] },
    outputOptions: { codeSplitting: false },
  })),
  // One file each, whatever it imports.
  ...['worker', 'worker-wasm', 'worker-webgpu'].map(
    (name) =>
      ({
        ...shared,
        entry: { [name]: `src/doors/${name}.ts` },
        format: 'esm',
        dts: false,
        clean: false,
        minify: true,
        deps: { alwaysBundle: [/./] },
        outputOptions: { codeSplitting: false },
        plugins: [ortAddress],
      }) as const,
  ),
]);
