import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Puts a table into a page of the docs, between `<!-- name -->` and `<!-- /name -->`.
 *
 * @param rows the heads first
 */
export async function writeTable(
  page: string,
  name: string,
  rows: readonly (readonly string[])[],
): Promise<void> {
  const path = resolve(ROOT, page);
  const text = await readFile(path, 'utf8');
  const begin = `<!-- ${name} -->`;
  const [from, to] = [text.indexOf(begin), text.indexOf(`<!-- /${name} -->`)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for a table, ${begin}.`);
  const [heads = [], ...others] = rows;
  const lines = [heads, heads.map(() => '---'), ...others].map((row) => `| ${row.join(' | ')} |`);
  const table = lines.join('\n');
  await writeFile(path, `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`);
  console.log(table);
}
