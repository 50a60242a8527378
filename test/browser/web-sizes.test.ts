import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { bundlePage } from './bundle-page.ts';
import { withPage } from './with-page.ts';

/** Bytes, gzipped, of what a page loads at once by importing these names: ONNX Runtime aside, which comes later. */
async function scriptSize(names: string, door: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from '${door}'`, resolveDir: __dirname },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    outdir: 'out',
    write: false,
    metafile: true,
  });
  const code = new Map(
    Object.keys(metafile.outputs).map((path, i) => [path, outputFiles[i]!.contents]),
  );
  const loaded = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind } of metafile.outputs[path]!.imports) {
      if (kind === 'import-statement') load(next);
    }
  };
  load(Object.keys(metafile.outputs).find((path) => path.endsWith('stdin.js'))!);
  return gzipSync(Buffer.concat([...loaded].map((path) => code.get(path)!)), { level: 9 }).length;
}

/** Our own JavaScript, error texts and the check of cards included. Raise one only for what pages get for it. */
test.each([
  ['loadEncoder', 38_000],
  ['loadEncoder, readImages, streamImages', 38_150],
  ['loadAutoencoder, readImages, drawTo, toBlob, toImageData', 46_200],
])('what a page loads for { %s } stays below %d bytes, gzipped', async (names, budget) => {
  const size = await scriptSize(names, '@latentkit/web');
  expect(size).toBeLessThan(budget);
  // A budget far above what is there watches nothing.
  expect(size).toBeGreaterThan(0.8 * budget);
});

test('a page that imports /wasm alone emits no file above 20 MB, and 4 MB gzipped in all', async () => {
  const page = join(__dirname, 'pages/wasm-only');
  const { folder, remove } = await bundlePage(page);
  try {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    const contents = await Promise.all(
      files.map(({ parentPath, name }) => readFile(join(parentPath, name))),
    );
    expect(contents.length).toBeGreaterThan(2);
    expect(Math.max(...contents.map(({ length }) => length))).toBeLessThan(20e6);
    const gzipped = contents.map((bytes) => gzipSync(bytes).length);
    expect(gzipped.reduce((sum, length) => sum + length, 0)).toBeLessThan(4e6);
  } finally {
    await remove();
  }
  await withPage(
    { page, mounts: { '/models/tiny/': tinyModel().files } },
    async ({ page, complaints, requests }) => {
      await page.waitForFunction(() => document.title === '1×2');
      expect(complaints).toEqual([]);
      expect(requests.filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
    },
  );
});
