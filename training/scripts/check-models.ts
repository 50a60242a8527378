/**
 * Computes the figures on the cards under models/ again, from the ONNX files, and compares.
 *
 *   npm run check:models [-- --nll] [-- FOLDER …]
 *
 * `--nll` computes likelihoods by importance sampling as well, which takes minutes a model. Needs the data
 * that the models were trained on: for MNIST, see LATENTKIT_MNIST_DIR.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { checkFigures } from '@latentkit/training';

const models = join(import.meta.dirname, '..', '..', 'models');
const given = process.argv.slice(2).filter((word) => word !== '--nll');
const nll = process.argv.includes('--nll');
const folders =
  given.length > 0
    ? given
    : readdirSync(models)
        .map((name) => join(models, name))
        .filter((folder) => existsSync(join(folder, 'model.json')));

let agreeing = 0;
let differing = 0;
for (const folder of folders) {
  for (const { name, stated, found, verdict, reason } of await checkFigures(folder, { nll })) {
    if (verdict === 'agrees') agreeing++;
    if (verdict === 'differs') differing++;
    const label = { agrees: 'ok  ', differs: 'FAIL', skipped: 'skip' }[verdict];
    const values = found === undefined ? `${stated}` : `${stated}, computed ${found}`;
    console.log(`${label} ${basename(folder)}: ${name} ${values}${reason ? ` (${reason})` : ''}`);
  }
}
console.log(`${folders.length} models: ${agreeing} figures agree, ${differing} differ.`);
// A check that compared nothing has not passed.
process.exitCode = differing > 0 || agreeing === 0 ? 1 : 0;
