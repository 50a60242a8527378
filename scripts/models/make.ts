/**
 * Makes models of the repository again: trains, exports and measures them by the built command.
 *
 *   npm run make:models -- NAME… [--record]
 *
 * Each lands in out/models/NAME, outside of git. `--record` then puts it where the repository has it: the folder
 * under models/, or, of a model that is not kept whole, its card and curve in docs/models/NAME.json. (Then:
 * npm run docs.)
 */
import { spawn } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { RECIPES, type Recipe } from './recipes.ts';
import { recordOf } from './record.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'packages/cli/bin/latentkit.mjs');

function latentkit(...words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, ...words], { cwd: ROOT, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      reject(new Error(`latentkit ${words[0]} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** @returns the folder of the model */
async function make({ name, train, fp16, nll }: Recipe): Promise<string> {
  const run = join(ROOT, 'out/runs', name);
  const folder = join(ROOT, 'out/models', name);
  // What an earlier making left would be gone on with, or refused.
  await rm(run, { recursive: true, force: true });
  await latentkit('train', ...train.split(' '), '--out', run);
  await latentkit('export', run, '--out', folder, '--name', name, ...(fp16 ? ['--fp16'] : []));
  await latentkit('measure', folder, '--record');
  if (nll) await latentkit('measure', folder, '--only', 'nll', '--record');
  return folder;
}

/** Puts a model that was made where the repository has it. */
async function record({ name, kept }: Recipe, folder: string): Promise<string> {
  if (!kept) {
    const path = join(ROOT, 'docs/models', `${name}.json`);
    await writeFile(path, await recordOf(folder));
    return path;
  }
  const target = join(ROOT, 'models', name);
  await rm(target, { recursive: true, force: true });
  await cp(folder, target, { recursive: true });
  return target;
}

const { values, positionals } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const known = RECIPES.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (positionals.length === 0 || unknown.length > 0) {
  const fault = unknown.length > 0 ? `There is no recipe for ${unknown.join(', ')}. ` : '';
  console.error(`${fault}Name models to make: ${known.join(', ')}.`);
  process.exit(2);
}
for (const recipe of RECIPES.filter(({ name }) => positionals.includes(name))) {
  const folder = await make(recipe);
  console.log(values.record ? await record(recipe, folder) : folder);
}
