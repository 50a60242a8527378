import {
  type AbortSignalLike,
  ArgumentError,
  type FileCard,
  type ModelCard,
  type Precision,
} from '@latentkit/core';
import { loadCard, type ModelSource } from '@latentkit/core/runtime';
import type { OrtBuild } from '../ort/builds.ts';
import type { OrtFile } from '../ort/ort-files.ts';
import type { WebDevice } from '../ort/placement.ts';
import { browserCache } from '../sources/file-cache.ts';
import { addressOfPage } from '../sources/page-address.ts';
import { sha256 } from '../sources/sha256.ts';
import { addressOf, folderOf, type Offline, urlSource } from '../sources/url-source.ts';
import type { Door } from './door.ts';

/** Which files of a model are meant. */
export interface ModelFilesOptions<D extends WebDevice = WebDevice> {
  /** Precision of the weights; `'fp32'` by default. */
  readonly dtype?: Precision | undefined;
  /** One half alone; both by default, with all that belongs to them. */
  readonly half?: 'encoder' | 'decoder' | undefined;
  /** Whose files of ONNX Runtime are meant as well; `'wasm'` by default. */
  readonly device?: D | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Their names. */
export const MODEL_FILES_OPTIONS: Readonly<Record<keyof ModelFilesOptions, true>> = {
  dtype: true,
  half: true,
  device: true,
  fetch: true,
  signal: true,
};

/** What is known of a model once its card was read. */
export interface KnownModel {
  readonly folder: URL;
  readonly card: ModelCard;
  readonly cardAddress: string;
}

/**
 * Reads a model's card.
 *
 * @param offline how it is read, see `CacheOptions`
 * @throws ArgumentError; CardError; LatentkitError `not-found`, `network`; AbortedError
 */
export async function knownModel(
  model: string | URL,
  { fetch, signal }: Pick<ModelFilesOptions, 'fetch' | 'signal'>,
  offline?: Offline,
): Promise<KnownModel> {
  const folder = folderOf(model, addressOfPage());
  const card = await loadCard(sourceAt(folder, fetch, offline), { signal });
  return { folder, card, cardAddress: addressOf(folder, 'model.json') };
}

/** A model at a URL, with this origin's cache. */
export function sourceAt(
  folder: URL,
  fetch?: typeof globalThis.fetch,
  offline?: Offline,
): ModelSource {
  return urlSource(folder, { fetch, cache: browserCache, offline, digest: sha256 });
}

/**
 * The files that loading a model needs in one precision: its graphs, and what a GPU, or a precision that rounds, is
 * tried on.
 *
 * @throws ArgumentError for a precision that a graph lacks
 */
export function graphFiles(
  { graphs, golden }: ModelCard,
  { dtype = 'fp32', half, device }: Pick<ModelFilesOptions, 'dtype' | 'half' | 'device'>,
): FileCard[] {
  if (half !== undefined && half !== 'encoder' && half !== 'decoder') {
    throw new ArgumentError('half', "'encoder' or 'decoder'", half);
  }
  const isTested = golden && (device === 'webgpu' || dtype !== 'fp32');
  const files = Object.entries(graphs).flatMap(([name, graph]) => {
    if (!graph || (half && !HALVES[half].includes(name))) return [];
    const file = graph.files[dtype];
    if (!file) {
      const offered = Object.keys(graph.files).join(', ');
      throw new ArgumentError(
        'dtype',
        `one that the card offers for the ${name} (${offered})`,
        dtype,
      );
    }
    return [file];
  });
  return isTested ? [...files, golden] : files;
}

/** The graphs that loading one half opens. */
const HALVES = { encoder: ['encoder'], decoder: ['decoder', 'codebook'] };

/** The build of ONNX Runtime that a device needs, and where its file lies, where that is known. */
export function ortOf(
  door: Door,
  device: WebDevice,
): { build: OrtBuild; file: OrtFile; url: string | undefined } {
  const build = door.builds[device];
  if (!build) throw new ArgumentError('device', door.devices.join(' or '), device);
  return { build, file: build.file, url: door.wasmUrls[build.file.name] };
}
