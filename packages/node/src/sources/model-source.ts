import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError } from '@latentkit/core';
import { type ModelSource, memorySource } from '@latentkit/core/runtime';
import { withoutSecrets } from '@latentkit/system';
import { isUrlObject } from '../kind-of.ts';
import { folderSource } from './folder-source.ts';
import type { HttpOptions } from './http-source.ts';
import type { Source } from './source.ts';

/** Finds out what kind of source was given. */
export async function modelSource(source: Source, options: HttpOptions): Promise<ModelSource> {
  if (typeof source === 'string') {
    // A scheme has at least two letters: C:\ is a drive.
    return /^[a-z][a-z0-9+.-]+:/i.test(source)
      ? urlSource(parse(source), options)
      : folderSource(folderOf(source));
  }
  if (isUrlObject(source)) return urlSource(new URL(source.href), options);
  if (typeof source === 'object' && source !== null) return memorySource(source);
  throw new ArgumentError('source', WANTED, source);
}

const WANTED =
  "a folder's path, a file:, http: or https: URL of a folder, an oip+http: or oip+https: URL of a served model, or an object of files by name";

async function urlSource(url: URL, options: HttpOptions): Promise<ModelSource> {
  switch (url.protocol) {
    case 'file:':
      return folderSource(folderOf(fileURLToPath(url)));
    case 'http:':
    case 'https:':
      // Only then: a folder needs none of what downloads.
      return (await import('./http-source.ts')).httpSource(url, options);
    default:
      throw new ArgumentError('source', WANTED, withoutSecrets(url));
  }
}

/** The folder of a card: a `model.json` may be named itself. */
function folderOf(path: string): string {
  return basename(path) === 'model.json' ? dirname(path) : path;
}

function parse(source: string): URL {
  try {
    return new URL(source);
  } catch {
    // Neither the text nor the cause, which repeats it: there may be a password in it.
    const scheme = source.slice(0, source.indexOf(':') + 1);
    throw new ArgumentError('source', `${WANTED} (this is no valid URL)`, `${scheme}…`);
  }
}
