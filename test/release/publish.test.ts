import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { manifestOf, publishedFolders, ROOT } from '../../scripts/published.ts';

/** A registry that has no package of ours but this one, in this version. */
const TAKEN = '@latentkit/core';
let registry: Server;
let taken = false;

beforeAll(async () => {
  registry = createServer(({ url = '' }, response) => {
    if (taken && decodeURIComponent(url).includes(TAKEN)) {
      const { version } = manifestOf('packages/core');
      const versions = { [version]: { name: TAKEN, version, dist: { tarball: 'x', shasum: 'y' } } };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ name: TAKEN, 'dist-tags': { latest: version }, versions }));
      return;
    }
    response.statusCode = 404;
    response.end('{"error":"not found"}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => registry.once('listening', resolve));
});
afterAll(() => void registry.close());

interface Published {
  readonly name: string;
  readonly version: string;
  readonly files: readonly { readonly path: string }[];
}

/** What npm says it would publish of some packages, by their names. */
async function dryRun(folders: readonly string[]): Promise<Record<string, Published>> {
  const { port } = registry.address() as AddressInfo;
  const workspaces = folders.flatMap((folder) => ['--workspace', folder]);
  const flags = ['--dry-run', '--provenance', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)(
    'npm',
    ['publish', ...flags, `--registry=http://127.0.0.1:${port}`, ...workspaces],
    { cwd: ROOT, maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout) as Record<string, Published>;
}

describe('npm publish --dry-run --provenance', () => {
  test('takes every package, with the entries that it names', async () => {
    const folders = publishedFolders();
    const published = await dryRun(folders);
    expect(Object.keys(published).sort()).toEqual(
      folders.map((folder) => manifestOf(folder).name).sort(),
    );
    for (const folder of folders) {
      const { name, version, exports, publishConfig } = manifestOf(folder);
      expect(published[name]).toMatchObject({ name, version });
      expect(publishConfig).toEqual({ access: 'public', provenance: true });
      const paths = published[name]!.files.map(({ path }) => `./${path}`);
      const targets = JSON.stringify(exports).match(/"\.\/(dist\/[^"]+|package\.json)"/g) ?? [];
      const missing = targets
        .map((target) => JSON.parse(target))
        .filter((path) => !paths.includes(path));
      expect(missing).toEqual([]);
    }
  }, 120_000);

  test('refuses a version that the registry has', async () => {
    taken = true;
    try {
      await expect(dryRun(['packages/core'])).rejects.toThrow(
        /previously published|cannot publish over/i,
      );
    } finally {
      taken = false;
    }
  }, 60_000);
});

describe('what is released', () => {
  test('depends on the very versions that are released with it', () => {
    const names = publishedFolders().map((folder) => manifestOf(folder).name);
    for (const folder of publishedFolders()) {
      const { version, dependencies = {}, peerDependencies = {} } = manifestOf(folder);
      const all = { ...dependencies, ...(peerDependencies as Record<string, string>) };
      const ours = Object.entries(all).filter(([name]) => /^(@latentkit\/|latentkit$)/.test(name));
      expect(ours.filter(([name, wanted]) => wanted !== version || !names.includes(name))).toEqual(
        [],
      );
    }
  });

  test('is named by changesets as it is called', () => {
    const folder = join(ROOT, '.changeset');
    const names = publishedFolders().map((published) => manifestOf(published).name);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.md'))) {
      const [, head = ''] = readFileSync(join(folder, file), 'utf8').split('---\n');
      const bumps = [...head.matchAll(/^'([^']+)': (major|minor|patch)$/gm)];
      expect([file, bumps.length]).toEqual([file, head.trim().split('\n').length]);
      expect(bumps.map(([, name]) => name).filter((name) => !names.includes(name!))).toEqual([]);
    }
  });
});
