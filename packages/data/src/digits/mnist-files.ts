import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AbortedError, IntegrityError, LatentkitError, type LoadProgress } from '@latentkit/core';
import { cacheFolder, download } from '@latentkit/system';

/** The four files of MNIST, with the SHA-256 of their contents before compression. */
export const MNIST_FILES = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
} as const;

export type MnistFile = (typeof MNIST_FILES)[keyof typeof MNIST_FILES];

/** Public copies of MNIST; LATENTKIT_MNIST_URL names another, which is then the only one asked. */
const MIRRORS = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
];
/** Bytes that none of the files comes near to. */
const LARGEST = 2 ** 26;

export interface MnistLocation {
  /** A folder that holds the files, each plain or as .gz. Nothing is downloaded then. */
  readonly dataDir?: string | undefined;
  /** Where downloads are kept; by default in the user's cache folder. */
  readonly cacheDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Bytes of one of the files: from the folder given (or named by LATENTKIT_MNIST_DIR), else from the
 * cache, else downloaded into the cache.
 *
 * @returns the bytes, plain or gzipped, and where they came from
 */
export async function readMnistFile(
  file: MnistFile,
  location: MnistLocation,
): Promise<{ bytes: Uint8Array; source: string }> {
  const folder = location.dataDir ?? (process.env['LATENTKIT_MNIST_DIR'] || undefined);
  if (folder !== undefined) {
    const found = await firstPresent(folder, file);
    if (found) return { bytes: await readFile(found), source: found };
    throw new LatentkitError(
      'not-found',
      `There is no ${file.name} (nor ${file.name}.gz) in ${folder}. ${wherePlaced(folder)}`,
    );
  }
  const cache = join(location.cacheDir ?? cacheFolder(), 'mnist');
  const cached = await firstPresent(cache, file);
  if (cached) {
    const bytes = await readFile(cached);
    // A cached file may have been altered or half restored by a backup: fetch such a one again.
    if (digest(bytes) === file.sha256) return { bytes, source: cached };
  }
  const source = join(cache, `${file.name}.gz`);
  return { bytes: await fetchAnywhere(file, source, location), source };
}

async function firstPresent(folder: string, { name }: MnistFile): Promise<string | undefined> {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    try {
      await access(path);
      return path;
    } catch {
      // The other name is tried, then the caller says what is missing.
    }
  }
  return undefined;
}

async function fetchAnywhere(
  file: MnistFile,
  source: string,
  { cacheDir = cacheFolder(), signal, onProgress }: MnistLocation,
): Promise<Uint8Array> {
  const given = process.env['LATENTKIT_MNIST_URL'];
  const failures: string[] = [];
  for (const mirror of given ? [given] : MIRRORS) {
    const url = new URL(`${mirror.replace(/\/*$/, '/')}${file.name}.gz`);
    try {
      return await download(url, source, {
        file: file.name,
        expected: { sha256: file.sha256 },
        digest,
        limit: LARGEST,
        partialFolder: join(cacheDir, 'partial'),
        fetch: globalThis.fetch,
        signal,
        onProgress,
      });
    } catch (error) {
      if (signal?.aborted) throw new AbortedError('Downloading MNIST', signal);
      failures.push(
        IntegrityError.isInstance(error)
          ? `${url}: its contents are not those of MNIST (SHA-256 differs)`
          : (error as Error).message,
      );
    }
  }
  throw new LatentkitError(
    'network',
    `${file.name} is not on this machine and could not be downloaded:\n` +
      `${failures.map((failure) => `  - ${failure}`).join('\n')}\n${wherePlaced(dirname(source))}`,
  );
}

/** SHA-256 of the contents, whether gzipped or not; undefined for a broken gzip stream. */
function digest(bytes: Uint8Array): string | undefined {
  try {
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    return createHash('sha256').update(plain).digest('hex');
  } catch {
    return undefined;
  }
}

function wherePlaced(folder: string): string {
  const names = Object.values(MNIST_FILES).map(({ name }) => `${name}.gz`);
  return (
    `Put ${names.join(', ')} (plain or .gz) into ${folder}, or into a folder of your choice that ` +
    'LATENTKIT_MNIST_DIR or the data folder option (--data-dir) names. Or train on the data set ' +
    "'strokes', which needs no files."
  );
}
