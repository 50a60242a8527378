import { ArgumentError, LatentkitError } from '@latentkit/core';
import { someNames } from '../some-names.ts';
import { readManifest } from '../vectors/manifest.ts';
import type { VectorFileInfo } from '../vectors/vector-sidecar.ts';
import { PartsError } from './parts-error.ts';

/** A file of vectors before it is read. */
export interface Part {
  readonly path: string;
  readonly info: VectorFileInfo;
}

/** Names that a message lists. */
const SHOWN = 10;

/** Whether the vectors of all files are of one kind. */
export function checkAlike(parts: readonly Part[]): void {
  const [first] = parts as [Part];
  for (const { path, info } of parts) {
    const other = (['space', 'size', 'scored'] as const).find(
      (key) => info[key] !== first.info[key],
    );
    if (other === undefined) continue;
    const what = {
      space: `its vectors lie in another latent space, that of the model '${info.model}'`,
      size: `its vectors have ${info.size} numbers instead of ${first.info.size}`,
      scored: `it has ${info.scored ? '' : 'no '}scores`,
    }[other];
    throw unlike(path, `${first.path}: ${what}`);
  }
}

/** Whether shards are all those of one sharing out, each once. */
export function checkShards(parts: readonly Part[]): void {
  const [first] = parts as [Part];
  const { of, plan } = first.info.shard ?? {};
  for (const { path, info } of parts) {
    if (info.shard?.of !== of) {
      const shared = (many: number | undefined) =>
        many === undefined ? 'no shards' : `${many} shards`;
      throw unlike(
        path,
        `${first.path}: they are of ${shared(info.shard?.of)} and of ${shared(of)}`,
      );
    }
    if (info.shard?.plan !== plan) {
      throw unlike(path, `${first.path}: they are shards of different plans`);
    }
  }
  if (of === undefined) return;
  const byIndex = new Map<number, Part>();
  const twice: { readonly name: string; readonly says: string }[] = [];
  for (const part of parts) {
    const index = part.info.shard?.index ?? 0;
    const twin = byIndex.get(index);
    const name = `${index + 1}/${of}`;
    if (twin) twice.push({ name, says: `${twin.path} and ${part.path} are shard ${name}` });
    else byIndex.set(index, part);
  }
  throwDoubled(twice);
  const missing = Array.from({ length: of }, (_, index) => index)
    .filter((index) => !byIndex.has(index))
    .map((index) => `${index + 1}/${of}`);
  if (missing.length === 0) return;
  const remedy =
    plan === undefined
      ? `Embed them (--shard ${missing[0]}) and merge again.`
      : "'latentkit queue status' says what became of them.";
  throw new PartsError(
    `${missing.length} of ${of} shards are missing: ${someNames(missing, SHOWN)}. ${remedy}`,
    { missing },
  );
}

/** Whether each manifest has its part, and each part that was made of a manifest has that. */
export async function checkManifests(
  parts: readonly Part[],
  paths: readonly string[],
): Promise<void> {
  const listed = parts.filter(({ info }) => info.manifest !== undefined);
  const left = new Map<string, Part>();
  const twice: { readonly name: string; readonly says: string }[] = [];
  for (const part of listed) {
    const { manifest = '' } = part.info;
    const twin = left.get(manifest);
    if (twin) {
      const says = `${twin.path} and ${part.path} are of one manifest`;
      twice.push({ name: part.path, says });
    }
    left.set(manifest, part);
  }
  throwDoubled(twice);
  const missing: string[] = [];
  for (const path of paths) {
    const { digest, items } = await readManifest(path);
    const part = left.get(digest);
    left.delete(digest);
    if (!part) missing.push(path);
    else if (part.info.count + (part.info.leftOut?.length ?? 0) !== items.length) {
      throw unlike(part.path, `${path}, which lists ${items.length} items`);
    }
  }
  if (missing.length > 0) {
    throw new PartsError(
      `${missing.length} of ${paths.length} manifests have no part: ${someNames(missing, SHOWN)}. Embed them (--manifest) and merge again.`,
      { missing },
    );
  }
  const [unknown] = left.values();
  if (!unknown) return;
  throw new ArgumentError(
    'manifests',
    'all lists that the parts were made of (--manifest), so that none is missing unnoticed',
    `none for ${unknown.path}`,
  );
}

function throwDoubled(twice: readonly { readonly name: string; readonly says: string }[]): void {
  if (twice.length === 0) return;
  const says = someNames(
    twice.map(({ says }) => says),
    SHOWN,
  );
  throw new PartsError(`Parts are there twice: ${says}. Remove one of each.`, {
    doubled: twice.map(({ name }) => name),
  });
}

function unlike(path: string, why: string): LatentkitError {
  return new LatentkitError('invalid-data', `${path} does not go together with ${why}.`);
}
