/**
 * Measures what a page downloads, and writes the table into the README. Run after a build:
 * node packages/web/scripts/measure-sizes.mjs
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const README = `${PACKAGE}README.md`;

const { outputFiles, metafile } = await build({
  absWorkingDir: PACKAGE,
  entryPoints: { index: 'dist/index.mjs' },
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  outdir: 'out',
  write: false,
  metafile: true,
});

/** Sizes of the bundle's files that hold an input, or of all that an entry loads at once. */
const files = new Map(
  Object.entries(metafile.outputs).map(([path, output], i) => [
    path,
    { ...output, code: outputFiles[i].contents },
  ]),
);
const codeOf = (paths) => Buffer.concat(paths.map((path) => files.get(path).code));
const staticImports = (path, seen = new Set()) => {
  if (!seen.has(path)) {
    seen.add(path);
    for (const { path: next, kind } of files.get(path).imports) {
      if (kind === 'import-statement') staticImports(next, seen);
    }
  }
  return [...seen];
};
const chunkWith = (input) =>
  [...files.keys()].filter((path) =>
    Object.keys(files.get(path).inputs).some((name) => input.test(name)),
  );

const dist = (name) => readFile(`${PACKAGE}dist/${name}`);
const rows = [
  [
    'latentkit, with the contract (`@latentkit/core`)',
    'always',
    codeOf(staticImports('out/index.js')),
  ],
  [
    'the worker script, with ONNX Runtime for both devices',
    "`execution: 'worker'`",
    await dist('worker.mjs'),
  ],
  ['SHA-256', 'pages without a secure context', codeOf(chunkWith(/sha2-.*\.mjs$/))],
  [
    'ONNX Runtime for WASM, JavaScript',
    'a model on `wasm`',
    codeOf(chunkWith(/wasm-build-.*\.mjs$/)),
  ],
  [
    'ONNX Runtime for WASM, WebAssembly',
    'a model on `wasm`',
    await dist('ort-wasm-simd-threaded.wasm'),
  ],
  [
    'ONNX Runtime for WebGPU, JavaScript',
    'a model on `webgpu`',
    codeOf(chunkWith(/webgpu-build-.*\.mjs$/)),
  ],
  [
    'ONNX Runtime for WebGPU, WebAssembly',
    'a model on `webgpu`',
    await dist('ort-wasm-simd-threaded.asyncify.wasm'),
  ],
];

const kilobytes = (bytes) =>
  (bytes / 1000).toLocaleString('en', { maximumFractionDigits: bytes < 1e5 ? 1 : 0 });
const table = [
  '| what | fetched for | kB | kB, gzip |',
  '|---|---|---:|---:|',
  ...rows.map(
    ([what, when, bytes]) =>
      `| ${what} | ${when} | ${kilobytes(bytes.length)} | ${kilobytes(gzipSync(bytes, { level: 9 }).length)} |`,
  ),
].join('\n');

const readme = await readFile(README, 'utf8');
const marked = /(<!-- sizes:begin -->\n)[\s\S]*(\n<!-- sizes:end -->)/;
if (!marked.test(readme))
  throw new Error('README.md has no place for the table (<!-- sizes:begin -->)');
await writeFile(
  README,
  readme.replace(marked, (_, begin, end) => begin + table + end),
);
console.log(table);
