import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/** A file that a build wrote. */
interface Written {
  readonly outDir: string;
  readonly fileName: string;
}

/**
 * Empties the comments for users in the sources that maps hold, which the declarations hold already: a third of what a
 * package takes. Lines and columns of the code stay where they are, and comments that say why stay with it.
 */
export async function leanerMaps({
  chunks,
}: {
  readonly chunks: readonly Written[];
}): Promise<void> {
  for (const { outDir, fileName } of chunks) {
    const file = join(outDir, `${fileName}.map`);
    if (!/\.[cm]?js$/.test(fileName) || !existsSync(file)) continue;
    const map = JSON.parse(await readFile(file, 'utf8'));
    map.sourcesContent = map.sourcesContent?.map(
      (text: string | null) => text && withoutDocs(text),
    );
    await writeFile(file, JSON.stringify(map));
  }
}

function withoutDocs(source: string): string {
  const docs = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(source, node.pos) ?? []) {
      if (source.startsWith('/**', pos)) docs.set(pos, end);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  const parts: string[] = [];
  let at = 0;
  for (const [pos, end] of [...docs].sort(([a], [b]) => a - b)) {
    parts.push(source.slice(at, pos), source.slice(pos, end).replaceAll(/[^\n]+/g, ''));
    at = end;
  }
  return [...parts, source.slice(at)].join('');
}
