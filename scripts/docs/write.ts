/** `npm run docs`: writes the generated pages of docs/. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { generatedPages } from './pages.ts';

for (const [path, text] of Object.entries(generatedPages())) {
  await writeFile(resolve(import.meta.dirname, '../..', path), text);
  process.stdout.write(`${path}\n`);
}
