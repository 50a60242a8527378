import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { LatentkitError, type ModelCard } from '@latentkit/core';
import { requireHere } from '@latentkit/system';
import type { SiteSettings } from '../explorer-info.ts';
import { serviceWorkerScript } from './service-worker.ts';

/** ONNX Runtime's WebAssembly for each device, as @latentkit/web ships it. */
export const RUNTIMES = {
  wasm: 'ort-wasm-simd-threaded.wasm',
  webgpu: 'ort-wasm-simd-threaded.asyncify.wasm',
} as const;

/** Where the parts of a site lie in it. */
export const SITE = {
  data: 'data',
  model: 'model',
  runtime: 'runtime',
  /** What the page reads first: the devices that it may use. */
  settings: 'site.json',
  worker: 'sw.js',
} as const;

/**
 * Puts the page, the model and ONNX Runtime around data that lie in the folder `data` of a site already.
 *
 * @param page the folder of the page that was built
 * @param model the folder of the model
 * @throws LatentkitError `missing-dependency` where the page is not built
 */
export async function writeSite(
  folder: string,
  page: string,
  model: string,
  card: ModelCard,
  { devices }: SiteSettings,
): Promise<void> {
  await copyPage(page, folder);
  await mkdir(join(folder, SITE.runtime));
  const { resolve } = requireHere();
  for (const device of devices) {
    const name = RUNTIMES[device];
    await cp(resolve(`@latentkit/web/${name}`), join(folder, SITE.runtime, name));
  }
  await mkdir(join(folder, SITE.model));
  for (const file of modelFiles(card)) await cp(join(model, file), join(folder, SITE.model, file));
  const settings: SiteSettings = { devices };
  await writeFile(join(folder, SITE.settings), `${JSON.stringify(settings)}\n`);
  await writeWorker(folder);
}

async function copyPage(page: string, folder: string): Promise<void> {
  try {
    await cp(page, folder, { recursive: true });
  } catch (cause) {
    throw new LatentkitError(
      'missing-dependency',
      `The page of the explorer is not in ${page}: @latentkit/explorer is not whole. Install it again, or run npm run build in the repository.`,
      { cause },
    );
  }
}

/** The card, and the files that it names and a page needs. */
function modelFiles({ graphs, golden }: ModelCard): string[] {
  const files = Object.values(graphs).flatMap((graph) => (graph ? [graph.files.fp32.file] : []));
  return ['model.json', ...files, ...(golden ? [golden.file] : [])];
}

/** Of these the loader of models keeps its own copies, found by their digests. */
const KEPT_ELSEWHERE = /\.(wasm|onnx|safetensors)$/;

async function writeWorker(folder: string): Promise<void> {
  const digest = createHash('sha256');
  const kept: string[] = ['./'];
  for (const file of await filesIn(folder)) {
    digest.update(file).update(await readFile(join(folder, file)));
    if (!KEPT_ELSEWHERE.test(file)) kept.push(file);
  }
  const version = digest.digest('hex').slice(0, 16);
  await writeFile(join(folder, SITE.worker), serviceWorkerScript(version, kept));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Bytes of all files in a folder, those of the model and of ONNX Runtime apart. */
export async function sizesOf(folder: string): Promise<{ site: number; beside: number }> {
  const sizes = { site: 0, beside: 0 };
  for (const file of await filesIn(folder)) {
    const { size } = await stat(join(folder, file));
    const beside = file.startsWith(`${SITE.model}/`) || file.startsWith(`${SITE.runtime}/`);
    sizes[beside ? 'beside' : 'site'] += size;
  }
  return sizes;
}
