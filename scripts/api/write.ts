/**
 * The public API of every door, as it is in the built declarations, so that a review sees what a change makes of it:
 *
 *     npm run api                  writes api/
 *     npm run api -- --check       only says what differs, and exits with 1 if anything does
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../published.ts';
import { differences } from './difference.ts';
import { doors } from './doors.ts';
import { extractReports } from './extract.ts';

const FOLDER = join(ROOT, 'api');

await mkdir(FOLDER, { recursive: true });
const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.api.md'));
const kept = Object.fromEntries(
  await Promise.all(names.map(async (name) => [name, await readFile(join(FOLDER, name), 'utf8')])),
) as Record<string, string>;
const made = extractReports(doors());
const found = differences(kept, made);
for (const line of found) console.log(line);
if (process.argv.includes('--check')) {
  if (found.length > 0) {
    console.log('If that is meant: npm run api, and a changeset that says so.');
    process.exitCode = 1;
  }
} else {
  for (const name of names) if (!(name in made)) await rm(join(FOLDER, name));
  for (const [name, text] of Object.entries(made)) await writeFile(join(FOLDER, name), text);
}
