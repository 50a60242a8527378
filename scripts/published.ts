import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

/** What is read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** @param folder relative to the repository's root */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

/** The folders of the packages that are published: a new one is among them without being named anywhere. */
export function publishedFolders(): string[] {
  const folders = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`);
  return [...folders, 'training'].filter((folder) => manifestOf(folder).private !== true);
}
