import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError, type Autoencoder } from '@latentkit/core';
import {
  checkCallback,
  checkInteger,
  checkObject,
  checkOptions,
  checkText,
  throwIfAborted,
} from '@latentkit/core/runtime';
import { checkReplaceable, isUrl, stageFolder } from '@latentkit/system';
import { type DataOptions, writeData } from './data/write-data.ts';
import { EXPLORER_FILE, type ExplorerInfo } from './explorer-info.ts';
import type { ExplorerItems } from './items.ts';
import { SITE, sizesOf, writeSite } from './site/write-site.ts';

export interface ExplorerOptions extends DataOptions {
  /** The folder to make; an earlier one there is replaced as a whole. */
  readonly out: string;
}

export interface ExplorerSiteOptions extends ExplorerOptions {
  /** The folder of the model. */
  readonly modelFolder: string;
  /** Lets the page use WebGPU too, whose runtime has 27 MB. */
  readonly webgpu?: boolean | undefined;
  /** The folder of a page to put in the place of our own, built by Vite from examples/explorer. */
  readonly page?: string | undefined;
}

/** What came of {@link writeExplorerSite}. */
export interface ExplorerReport {
  readonly info: ExplorerInfo;
  /** Bytes of the site, and of the model and ONNX Runtime beside it. */
  readonly bytes: { readonly site: number; readonly beside: number };
  readonly seconds: number;
}

/**
 * Writes what a page needs to show a latent space: embeddings, projections, neighbours, scores and thumbnails
 * (`explorer.json`, `points.parquet`, `thumbnails-*.webp`). The folder is there when it is whole.
 *
 * @param model of pictures
 * @throws ArgumentError; what the items and the model throw; LatentkitError `unwritable`; AbortedError
 */
export async function writeExplorerData(
  model: Autoencoder,
  items: ExplorerItems,
  options: ExplorerOptions,
): Promise<ExplorerInfo> {
  const out = await check(model, items, options, {
    what: 'folder of explorer data',
    earlier: 'earlier ones',
    mark: EXPLORER_FILE,
  });
  return stageFolder(out, (staging) => writeData(staging, model, items, options));
}

/**
 * Writes a static site that shows a latent space: the page, the data, the model and ONNX Runtime. It fetches nothing
 * from elsewhere, and may lie in any folder of a host. The folder is there when it is whole.
 *
 * @param model of pictures, loaded from `modelFolder`
 * @throws as {@link writeExplorerData}; LatentkitError `missing-dependency` where the page is not built
 */
export async function writeExplorerSite(
  model: Autoencoder,
  items: ExplorerItems,
  options: ExplorerSiteOptions,
): Promise<ExplorerReport> {
  const began = performance.now();
  const out = await check(model, items, options, {
    what: 'folder of the site',
    earlier: 'an earlier site',
    mark: join(SITE.data, EXPLORER_FILE),
  });
  const { modelFolder, webgpu = false, page = ownPage(), signal } = options;
  checkText('modelFolder', modelFolder, 'the folder of the model');
  if (isUrl(modelFolder)) {
    throw new ArgumentError('modelFolder', 'a folder, whose files the site takes along', 'a URL');
  }
  return stageFolder(out, async (staging) => {
    const data = join(staging, SITE.data);
    await mkdir(data);
    const info = await writeData(data, model, items, options);
    throwIfAborted(signal, 'Writing the site');
    const devices = webgpu ? (['wasm', 'webgpu'] as const) : (['wasm'] as const);
    await writeSite(staging, page, resolve(modelFolder), model.card, { devices });
    const seconds = (performance.now() - began) / 1000;
    return { info, bytes: await sizesOf(staging), seconds };
  });
}

/** The page as it is built into this package. */
function ownPage(): string {
  return fileURLToPath(new URL('../dist/page', import.meta.url));
}

async function check(
  model: Autoencoder,
  items: ExplorerItems,
  options: ExplorerOptions,
  folder: Parameters<typeof checkReplaceable>[1],
): Promise<string> {
  checkObject('model', model, 'an Autoencoder that is loaded');
  if (typeof model.encoder?.encode !== 'function' || typeof model.score !== 'function') {
    throw new ArgumentError('model', 'an Autoencoder that is loaded (loadAutoencoder)', model);
  }
  checkObject('items', items, 'items with their batches');
  if (typeof items.batches !== 'function') {
    throw new ArgumentError('items.batches', 'a function that gives batches', items.batches);
  }
  checkOptions(options, "{ out: 'site' }");
  const { out, seed, signal, onProgress } = options;
  checkText('out', out, 'the folder to make');
  if (seed !== undefined) checkInteger('seed', seed, 0);
  checkCallback('onProgress', onProgress);
  const { shape } = model.card.item;
  if (shape.length !== 3 || ![1, 3, 4].includes(channelsOf(model.card))) {
    throw new ArgumentError('model', 'one whose items are pictures', `items of ${shape.join('×')}`);
  }
  throwIfAborted(signal, 'Exploring');
  const path = resolve(out);
  await checkReplaceable(path, folder);
  return path;
}

function channelsOf({ item }: Autoencoder['card']): number {
  const [first = 0, , last = 0] = item.shape;
  return item.layout === 'CHW' ? first : last;
}
