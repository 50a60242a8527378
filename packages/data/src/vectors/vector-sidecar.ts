import { readFile, rm } from 'node:fs/promises';
import { LatentkitError } from '@latentkit/core';
import { writeFileWhole } from '@latentkit/system';
import * as v from 'valibot';
import type { VectorInfo } from './vector-rows.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Strict, so that a digest whose name is damaged is not taken for none. */
const InfoSchema = v.strictObject({
  format: v.literal(1),
  space: v.string(),
  model: v.string(),
  size: v.pipe(count, v.minValue(1)),
  count,
  scored: v.boolean(),
  modelPath: v.optional(v.string()),
  shard: v.optional(
    v.strictObject({
      index: count,
      of: v.pipe(count, v.minValue(1)),
      plan: v.optional(v.string()),
    }),
  ),
  manifest: v.optional(v.string()),
  leftOut: v.optional(v.array(v.strictObject({ id: v.string(), reason: v.string() }))),
  digest: v.optional(v.string()),
});

/** Which part of the work the rows of a file are, counted from 0, and by which plan it was cut, where there was one. */
export interface VectorShard {
  readonly index: number;
  readonly of: number;
  readonly plan?: string | undefined;
}

/** What is known of a whole file of vectors. */
export interface VectorFileInfo extends VectorInfo {
  readonly count: number;
  /** Whether the rows have scores. */
  readonly scored: boolean;
  /** Which part of the work the rows are, counted from 0, where it was shared out. */
  readonly shard?: VectorShard | undefined;
  /** The digest of the manifest whose items the rows are, where there was one. */
  readonly manifest?: string | undefined;
  /** In a part of the work: its items that could not be read, and why. */
  readonly leftOut?: readonly { readonly id: string; readonly reason: string }[] | undefined;
  /** SHA-256 of what the file holds ({@link VectorDigest}); `writeVectors` computes it, and reading all of the file checks it. */
  readonly digest?: string | undefined;
}

/** {@link VectorFileInfo} as text, for the metadata of a Parquet file or a file beside others. */
export function writeInfo(info: VectorFileInfo): string {
  const { space, model, size, count, scored, modelPath } = info;
  const { shard, manifest, leftOut, digest } = info;
  const of = { space, model, size, count, scored, modelPath, shard, manifest, leftOut, digest };
  return JSON.stringify({ format: 1, ...of });
}

/** @throws LatentkitError `invalid-data` for a text that says no such thing */
export function parseInfo(text: string, source: string): VectorFileInfo {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { success, output, issues } = v.safeParse(InfoSchema, value);
  if (success) return output;
  const [issue] = issues;
  throw new LatentkitError(
    'invalid-data',
    `${source} does not say what its vectors are${issue ? ` (${v.getDotPath(issue) ?? 'it'}: ${issue.message})` : ''}. Embed the files again.`,
  );
}

/** Where formats that have no room for it keep the {@link VectorFileInfo}. */
export function sidecarOf(path: string): string {
  return `${path}.meta.json`;
}

/** Where an `.npy` keeps what its rows are, a line each. */
export function rowsOf(path: string): string {
  return `${path}.rows.jsonl`;
}

export async function readSidecar(path: string): Promise<VectorFileInfo> {
  const beside = sidecarOf(path);
  let text: string;
  try {
    text = await readFile(beside, 'utf8');
  } catch (cause) {
    throw new LatentkitError(
      'not-found',
      `${path} lacks ${beside}, which says in which latent space its vectors lie (${(cause as NodeJS.ErrnoException).code}). ` +
        'Copy it too, or embed the files again.',
      { cause },
    );
  }
  return parseInfo(text, beside);
}

/** It goes before the files that it speaks of are replaced: a stop in between leaves no wrong pair. */
export function removeSidecar(path: string): Promise<void> {
  return rm(sidecarOf(path), { force: true });
}

export function writeSidecar(path: string, info: VectorFileInfo): Promise<void> {
  return writeFileWhole(sidecarOf(path), `${writeInfo(info)}\n`);
}
