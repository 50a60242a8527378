import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * The circles of a package's folders: groups of folders that import each other, each directly or by way
 * of others, `import type` and re-exports counted. A file on the ground is a room of its own, and so is a
 * folder with all that is in it. Tests and what only tests use are left out.
 *
 * @param root the folder of the package's sources
 */
export function folderCircles(root: string): string[][] {
  const imports = importsOfRooms(root);
  const reached = new Map([...imports.keys()].map((room) => [room, reachable(room, imports)]));
  const circles = new Map<string, string[]>();
  for (const room of imports.keys()) {
    const circle = [...imports.keys()].filter(
      (other) => reached.get(room)?.has(other) && reached.get(other)?.has(room),
    );
    if (circle.length > 0) circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

/** What each room imports of the others. */
export function importsOfRooms(root: string): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const file of sourcesUnder(root)) {
    const from = roomOf(root, file);
    const targets = imports.get(from) ?? new Set<string>();
    imports.set(from, targets);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const to = roomOf(root, resolve(dirname(file), specifier as string));
      if (to !== from) targets.add(to);
    }
  }
  return imports;
}

/** `from './x.ts'` of imports and exports, and `import('./x.ts')`. */
const IMPORT = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : sourcesUnder(path);
    return /(?<!\.test|\.cases|testing|\.d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

function roomOf(root: string, file: string): string {
  return relative(root, file).split(/[\\/]/)[0] as string;
}

function reachable(start: string, imports: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const open = [start];
  for (let room = open.pop(); room !== undefined; room = open.pop()) {
    for (const next of imports.get(room) ?? []) {
      if (!found.has(next)) {
        found.add(next);
        open.push(next);
      }
    }
  }
  return found;
}
