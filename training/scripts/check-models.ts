/**
 * Computes the figures on the cards under models/ again, from the ONNX files, and compares.
 *
 *   npm run check:models [-- FOLDER …]
 *
 * Needs the data that the models were trained on: for MNIST, see LATENTKIT_MNIST_DIR.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseCard } from '@latentkit/core';
import { evaluate } from '@latentkit/training';

/** Cards hold three decimals; another processor may round another way. */
const TOLERANCE = 0.01;

const models = join(import.meta.dirname, '..', '..', 'models');
const folders =
  process.argv.length > 2
    ? process.argv.slice(2)
    : readdirSync(models).map((name) => join(models, name));

let failures = 0;
for (const folder of folders) {
  const card = parseCard(readFileSync(join(folder, 'model.json'), 'utf8'), folder);
  const { metrics } = await evaluate(folder);
  for (const { name, value } of metrics) {
    const stated = card.metrics.find((metric) => metric.name === name)?.value;
    const agrees = stated !== undefined && Math.abs(stated - value) <= TOLERANCE;
    if (!agrees) failures++;
    console.log(
      `${agrees ? 'ok  ' : 'FAIL'} ${card.name}: ${name} ${value}, on the card ${stated ?? 'nothing'}`,
    );
  }
}
process.exitCode = failures > 0 || folders.length === 0 ? 1 : 0;
